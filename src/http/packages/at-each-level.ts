import type { Permission } from '../../authz/permissions.ts';
import type { GroupFacts, InstanceFacts, ProjectFacts } from '../../domain/access/facts.ts';
import { defined } from '../../lib/defined.ts';
import { notFound } from '../../lib/errors.ts';
import type { Access, Method, RequestContext, Route } from '../route.ts';
import type { PackageInAddress } from './package-in-address.ts';

interface FactsAt {
  project: ProjectFacts;
  group: GroupFacts;
  instance: InstanceFacts;
}

type Level = keyof FactsAt;

/** A request to a registry at any level. */
export type LevelContext = RequestContext<FactsAt[Level]>;

interface RowAt<L extends Level> {
  method: Method;
  /** Follows the address of the registry: `/-/ping`, or nothing. */
  path: string;
  /** The permission at each level that has this row. */
  access: Record<L, Permission> & Partial<Record<Exclude<Level, L>, never>>;
  /** The package that the address names: in a project, a row that changes it by its name is decided on that package. */
  packageIn?: PackageInAddress;
  handler: (context: RequestContext<FactsAt[L]>) => Response | Promise<Response>;
}

/** A row of a package type, written once for all levels that have it. */
export type LevelRow = RowAt<'project'> | RowAt<'project' | 'group'> | RowAt<Level>;

/** Reading: in a project, below a group, and by name on the whole instance. */
export const READ_ANYWHERE = { project: 'read_package', group: 'read_package', instance: 'find_packages' } as const;
export const READ_BELOW = { project: 'read_package', group: 'read_package' } as const;

/** The addresses of GitLab's package registries. */
const LEVELS: readonly { level: Level; root: (type: string) => string }[] = [
  { level: 'project', root: (type) => `/api/v4/projects/:id/packages/${type}` },
  { level: 'group', root: (type) => `/api/v4/groups/:id/-/packages/${type}` },
  { level: 'instance', root: (type) => `/api/v4/packages/${type}` },
];

/** The routes of a package type: those of a project first, then those of a group, then those of the instance. */
export const atEachLevel = (type: string, rows: readonly LevelRow[]): Route[] =>
  LEVELS.flatMap(({ level, root }) => [
    ...(level === 'project' ? [projectRoot(root(type))] : []),
    ...rows.flatMap(({ method, path, access, packageIn, handler }) => {
      const permission = access[level];
      if (permission === undefined) return [];
      // The types of `RowAt` say that the handler takes the facts of each level in `access`.
      return { method, path: `${root(type)}${path}`, access: accessOn(level, permission, packageIn), handler } as Route;
    }),
  ]);

function accessOn(level: Level, permission: Permission, packageIn?: PackageInAddress): Access {
  if (level === 'instance') return { on: level, permission };
  const access = { by: 'id', param: 'id', permission } as const;
  if (level === 'group') return { on: level, ...access };
  return { on: level, ...access, ...defined({ resource: packageIn }) };
}

/**
 * The address of a project's registry, which clients have in their settings. There is nothing to read at it, as with
 * GitLab; but people try it with their token, and get the registry's own error when the token is wrong.
 */
const projectRoot = (path: string): Route => ({
  method: 'GET',
  path,
  access: { on: 'project', by: 'id', param: 'id', permission: 'read_package' },
  handler: () => {
    throw notFound('package registry');
  },
});
