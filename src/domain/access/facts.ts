import { defined } from '../../lib/defined.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import type { Db } from '../../store/db/database.ts';
import type { Visibility } from '../../store/db/schema.ts';
import { highestAccessLevel } from '../../store/tables/members.ts';
import {
  findNamespace,
  findNamespaceByPath,
  findNearestNamespace,
  findPersonalNamespace,
  type NamespaceRow,
} from '../../store/tables/namespaces.ts';
import { findProject, findProjectByPath, findProjectByPaths, type ProjectRow } from '../../store/tables/projects.ts';
import { findRoute, pathKey, pathsOf } from '../../store/tables/routes.ts';
import type { Deps, InstanceFeatures } from '../deps.ts';
import { projectPathsOf } from '../images/names.ts';
import { type AnyLevel, ROLES } from '../members/roles.ts';

/** Everything a decision may rest on, read fresh for each request. */
export type Facts = InstanceFacts | ProjectFacts | GroupFacts | MissingFacts;

export interface InstanceFacts {
  on: 'instance';
}

export interface ProjectFacts {
  on: 'project';
  project: ProjectRow;
  visibility: Visibility;
  lineage: string;
  /** The highest role of the caller; 0 for strangers and for callers that are not users. */
  level: AnyLevel;
  archived: boolean;
  /** On for the project and for the server. */
  features: { repository: boolean; lfs: boolean; registry: boolean; packages: boolean };
  /** Not for everyone who sees the project: a role or a scope must allow it. */
  membersOnly: { repository: boolean; registry: boolean; packages: boolean };
  instance: InstanceFeatures;
  /** Found by a path that it had before. */
  moved: boolean;
}

export interface GroupFacts {
  on: 'group';
  group: NamespaceRow;
  visibility: Visibility;
  lineage: string;
  level: AnyLevel;
  instance: InstanceFeatures;
  moved: boolean;
}

/** The row of the project or group that they are about. */
export const subjectOf = (facts: ProjectFacts | GroupFacts): ProjectRow | NamespaceRow =>
  facts.on === 'project' ? facts.project : facts.group;

/** There is nothing of that name. */
export interface MissingFacts {
  on: 'missing';
  what: 'project' | 'group';
  /** The lineage of the nearest namespace that is there: who has the run of it may know that nothing is below. */
  within: string | null;
}

export type Access = ReturnType<typeof createAccess>;

/**
 * A number; a full path such as `group/sub/project`; or the name of an image, which is its project's path and perhaps
 * more behind it.
 */
export type Reference = number | string | { image: string };

export function createAccess({ db, clock, features }: Pick<Deps, 'db' | 'clock' | 'features'>) {
  const level = (
    userId: number | null,
    namespace: { kind: string; owner_id: number | null; lineage: string },
    projectId?: number,
  ): MaybePromise<AnyLevel> => {
    if (userId === null) return 0;
    if (namespace.kind === 'user' && namespace.owner_id === userId) return ROLES.owner;
    const where = { namespaceIds: idsOf(namespace.lineage), ...defined({ projectId }) };
    return highestAccessLevel(db, userId, where, clock()) as Promise<AnyLevel>;
  };

  const findProjectRow = (reference: Reference): MaybePromise<FoundProject | undefined> => {
    if (typeof reference === 'number') return thenMaybe(findProject(db, reference), whereItWasLooked);
    if (typeof reference === 'string') return findProjectRowByPath(reference);
    return thenMaybe(findProjectByPaths(db, projectPathsOf(reference.image)), whereItWasLooked);
  };

  const findProjectRowByPath = async (reference: string): Promise<FoundProject | undefined> => {
    const row = await findProjectByPath(db, pathKey(reference));
    if (row) return { row, moved: false };
    const route = await findRoute(db, reference);
    const old = route?.moved && route.projectId !== null ? await findProject(db, route.projectId) : undefined;
    return old && { row: old, moved: true };
  };

  const findNamespaceRow = async (
    reference: number | string,
  ): Promise<{ row: NamespaceRow; moved: boolean } | undefined> => {
    if (typeof reference === 'number') {
      const row = await findNamespace(db, reference);
      return row && { row, moved: false };
    }
    const row = await findNamespaceByPath(db, pathKey(reference));
    if (row) return { row, moved: false };
    const route = await findRoute(db, reference);
    const old = route?.moved && route.namespaceId !== null ? await findNamespace(db, route.namespaceId) : undefined;
    return old && { row: old, moved: true };
  };

  const missing = async (what: 'project' | 'group', reference: Reference): Promise<MissingFacts> => {
    const path = typeof reference === 'object' ? reference.image : reference;
    const nearest = typeof path === 'number' ? undefined : await findNearestNamespace(db, parentsOf(pathKey(path)));
    return { on: 'missing', what, within: nearest?.lineage ?? null };
  };

  const namespace = async (reference: number | string, userId: number | null): Promise<GroupFacts | MissingFacts> => {
    const found = await findNamespaceRow(reference);
    if (!found) return missing('group', reference);
    const { row, moved } = found;
    const { visibility, lineage } = row;
    return {
      on: 'group',
      group: row,
      visibility,
      lineage,
      level: await level(userId, row),
      instance: features,
      moved,
    };
  };

  return {
    /**
     * @param userId the caller, if it is a user: the level is theirs.
     * @throws PosternError invalid for an image name that cannot be one.
     */
    project: (reference: Reference, userId: number | null): MaybePromise<ProjectFacts | MissingFacts> =>
      thenMaybe(findProjectRow(reference), (found): MaybePromise<ProjectFacts | MissingFacts> => {
        if (!found) return missing('project', reference);
        const { namespace_kind: kind, namespace_owner_id: owner_id, lineage, id } = found.row;
        return thenMaybe(level(userId, { kind, owner_id, lineage }, id), (level) => factsOf(found, level, features));
      }),

    async group(reference: number | string, userId: number | null): Promise<GroupFacts | MissingFacts> {
      const facts = await namespace(reference, userId);
      return facts.on === 'group' && facts.group.kind !== 'group' ? missing('group', reference) : facts;
    },

    /** The same for what can hold projects: a group or a personal namespace, whose user is its owner. */
    namespace,

    /** The full paths of these projects or groups, by ID. The caller must check that they may be disclosed. */
    pathsOf: (kind: 'project' | 'group', ids: readonly number[]): Promise<Map<number, string>> =>
      pathsOf(db, kind === 'project' ? 'project_id' : 'namespace_id', [...new Set(ids)]),

    /**
     * The same facts as they are now, read in a transaction: by id, so that a new owner of an old path is not taken for
     * it.
     */
    async again(tx: Db, facts: Facts, userId: number | null): Promise<Facts> {
      return readAgain({ db: tx, clock, features }, facts, userId);
    },

    /** The facts of a user's personal namespace. */
    async personalNamespace(userId: number): Promise<GroupFacts | MissingFacts> {
      const row = await findPersonalNamespace(db, userId);
      return row ? namespace(row.id, userId) : missing('group', userId);
    },
  };
}

async function readAgain(
  deps: Pick<Deps, 'db' | 'clock' | 'features'>,
  facts: Facts,
  userId: number | null,
): Promise<Facts> {
  switch (facts.on) {
    case 'instance':
    case 'missing':
      return facts;
    case 'project':
      return createAccess(deps).project(facts.project.id, userId);
    case 'group':
      return createAccess(deps).namespace(facts.group.id, userId);
  }
}

interface FoundProject {
  row: ProjectRow;
  moved: boolean;
}

const whereItWasLooked = (row: ProjectRow | undefined): FoundProject | undefined => row && { row, moved: false };

function factsOf({ row, moved }: FoundProject, level: AnyLevel, instance: InstanceFeatures): ProjectFacts {
  return {
    on: 'project',
    project: row,
    visibility: row.visibility,
    lineage: row.lineage,
    level,
    archived: row.archived === 1,
    features: {
      repository: row.repository_enabled === 1,
      lfs: row.lfs_enabled === 1 && instance.lfs,
      registry: row.registry_enabled === 1 && instance.registry,
      packages: row.packages_enabled === 1 && instance.packages,
    },
    membersOnly: {
      repository: row.repository_members_only === 1,
      registry: row.registry_members_only === 1,
      packages: row.packages_members_only === 1,
    },
    instance,
    moved,
  };
}

/** `a/b/c` -> `a/b`, `a`. At most as deep as namespaces go; a longer path has no namespace that deep. */
function parentsOf(key: string): string[] {
  const parts = key.split('/');
  return parts.slice(0, 25).flatMap((_, index) => (index === 0 ? [] : [parts.slice(0, index).join('/')]));
}
