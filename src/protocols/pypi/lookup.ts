import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package, PackageFile } from '../../domain/packages/address.ts';
import type { Services } from '../../domain/services.ts';
import { permittedPackages } from '../../http/permitted-packages.ts';
import type { RequestContext } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';
import { nameKey } from './format.ts';

/** What the addresses of the index begin with: a project or a group. */
export type ScopeContext = RequestContext<ProjectFacts | GroupFacts>;

/** Finds packages and files for an address, and leaves out what whoever asks may not read. */
export function createLookup({ packages, access }: Services) {
  /** Of what is in projects below a group, what is in projects that may be read. */
  const readable = async <T extends { project_id: number }>(context: ScopeContext, all: readonly T[]): Promise<T[]> =>
    context.facts.on === 'project'
      ? [...all]
      : (await permittedPackages(context, access, all)).map((permitted) => permitted.package);

  const within = ({ facts }: ScopeContext) =>
    facts.on === 'project' ? { projectId: facts.project.id } : { lineage: facts.lineage };

  return {
    /**
     * All packages of this name that may be read, the one that was changed last first. @throws PosternError
     * `not_found`.
     */
    async find(context: ScopeContext, name: string): Promise<[Package, ...Package[]]> {
      const { facts } = context;
      const address = { type: 'pypi', name, nameKey: nameKey(name) };
      if (facts.on === 'project') return [await packages.find(facts.project, address)];
      const [first, ...others] = await readable(context, await packages.below(facts.lineage, address));
      if (!first) throw notFound('package');
      return [first, ...others];
    },

    /** @throws PosternError `not_found`. */
    async file(context: ScopeContext, file: { sha256: string; name: string; child?: string }): Promise<PackageFile> {
      const [found] = await readable(context, await packages.filesByDigest(within(context), 'pypi', file));
      if (!found) throw notFound('package file');
      packages.downloads.note(found.version_id);
      return found;
    },

    /** The names of all packages that may be read. */
    async names(context: ScopeContext): Promise<string[]> {
      const found = await packages.search(within(context), 'pypi', '', { limit: MAX_NAMES });
      return (await readable(context, found)).map(({ name }) => name);
    },
  };
}

export type Lookup = ReturnType<typeof createLookup>;

/** How many packages the index of all looks at. */
const MAX_NAMES = 100_000;
