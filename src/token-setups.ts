import type { DeployTokenScope } from './domain/deploy-tokens/scopes.ts';
import type { InstanceFeatures } from './domain/deps.ts';
import type { PackageType } from './http/packages/package-type.ts';
import type { SetupTarget, Snippet, TokenSetups, TokenTarget } from './http/setup.ts';
import { setup as git } from './protocols/git/setup.ts';
import { setup as images } from './protocols/oci/setup.ts';

/** A use of a token: with one of these scopes, described by this text. */
interface Use {
  title: string;
  scopes: readonly DeployTokenScope[];
  on: (features: InstanceFeatures) => boolean;
  snippets(target: TokenTarget & { project: { id: number; path: string } }): Snippet[];
}

const usesOf = (packageTypes: readonly PackageType[]): Use[] => [
  {
    title: 'Git',
    scopes: ['read_repository'],
    on: () => true,
    snippets: (target) => git({ ...target, projectPath: target.project.path }),
  },
  {
    title: 'Container images',
    scopes: ['read_registry', 'write_registry'],
    on: ({ registry }) => registry,
    snippets: (target) => images({ ...target, projectPath: target.project.path }),
  },
  ...packageTypes.map(
    (type): Use => ({
      title: type.title,
      scopes: ['read_package_registry', 'write_package_registry'],
      on: ({ packages }) => packages,
      snippets: (target) => type.setup(packageTarget(target)),
    }),
  ),
];

/**
 * Collects the snippets of all protocols, so that a page can show those that fit a token and no protocol is forgotten.
 */
export function tokenSetups(features: InstanceFeatures, packageTypes: readonly PackageType[]): TokenSetups {
  const uses = usesOf(packageTypes);
  return (target) => {
    const { project } = target;
    if (project === null) return [];
    return uses
      .filter(({ scopes, on }) => on(features) && scopes.some((scope) => target.scopes.includes(scope)))
      .map(({ title, snippets }) => ({
        title,
        snippets: snippets({ ...target, project }).filter((one) => isFor(target, one)),
      }));
  };
}

const isFor = ({ scopes, owner }: TokenTarget, { needs, ofGroup }: Snippet) =>
  (needs === undefined || scopes.includes(needs)) && (!ofGroup || owner === 'group');

const packageTarget = ({ base, username, token, project, group }: Parameters<Use['snippets']>[0]): SetupTarget => ({
  base,
  username,
  token,
  projectId: project.id,
  groupId: group?.id ?? null,
});
