import { defined } from '../../lib/defined.ts';
import { idsOf } from '../../lib/lineage.ts';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import type { Db } from '../../store/db/database.ts';
import type { Visibility } from '../../store/db/schema.ts';
import { highestAccessLevel, listMemberships } from '../../store/tables/members.ts';
import {
  findNamespace,
  findNamespaceByPath,
  findNamespaceByRedirect,
  findNearestNamespace,
  findPersonalNamespace,
  type NamespaceRow,
} from '../../store/tables/namespaces.ts';
import {
  findProject,
  findProjectByPath,
  findProjectByPaths,
  findProjectByRedirect,
  findProjects,
  type ProjectRow,
} from '../../store/tables/projects.ts';
import { pathKey, pathsOf } from '../../store/tables/routes.ts';
import type { Deps, InstanceFeatures } from '../deps.ts';
import { projectPathsOf } from '../images/names.ts';
import { type AnyLevel, ROLES } from '../members/roles.ts';
import { completeLookUps, parentsOf, type Reference } from './complete-look-ups.ts';

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
  /** The reference by which it was found. */
  sought?: Reference;
}

export interface GroupFacts {
  on: 'group';
  group: NamespaceRow;
  visibility: Visibility;
  lineage: string;
  level: AnyLevel;
  instance: InstanceFeatures;
  moved: boolean;
  /** The reference by which it was found. */
  sought?: Reference;
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
  /** The reference by which nothing was found. */
  sought?: Reference;
}

export type Access = ReturnType<typeof createAccess>;

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

  const namespace = async (
    reference: number | string,
    userId: number | null,
    takes: (row: NamespaceRow) => boolean = () => true,
  ): Promise<GroupFacts | MissingFacts> => {
    const found = await findNamespaceRow(db, reference, takes);
    if (!found) return missing(db, 'group', reference);
    return groupFactsOf(found, await level(userId, found.row), features, reference);
  };

  return {
    /**
     * @param userId the caller, if it is a user: the level is theirs.
     * @throws PosternError invalid for an image name that cannot be one.
     */
    project: (reference: Reference, userId: number | null): MaybePromise<ProjectFacts | MissingFacts> =>
      thenMaybe(findProjectRow(db, reference), (found): MaybePromise<ProjectFacts | MissingFacts> => {
        if (!found) return missing(db, 'project', reference);
        const { namespace_kind: kind, namespace_owner_id: owner_id, lineage, id } = found.row;
        return thenMaybe(level(userId, { kind, owner_id, lineage }, id), (level) =>
          factsOf(found, level, features, reference),
        );
      }),

    /** The facts of several projects, in as many queries as for one, and for none. */
    projects: (ids: readonly number[], userId: number | null): Promise<ProjectFacts[]> =>
      readProjects({ db, clock, features }, ids, userId),

    group: (reference: number | string, userId: number | null): Promise<GroupFacts | MissingFacts> =>
      namespace(reference, userId, ({ kind }) => kind === 'group'),

    /** The same for what can hold projects: a group or a personal namespace, whose user is its owner. */
    namespace: (reference: number | string, userId: number | null) => namespace(reference, userId),

    /**
     * Makes the look-ups that these facts did not need. To be called before a request is refused because its caller may
     * not know whether the target exists: a hidden target and a missing one then take the same look-ups, so that the
     * duration of the refusal does not tell which it was.
     */
    completeLookUps: (facts: Facts, userId: number | null): Promise<void> =>
      completeLookUps(db, facts, userId, clock()),

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
      return row ? namespace(row.id, userId) : missing(db, 'group', userId);
    },
  };
}

/** An engine takes a limited number of parameters in one statement. */
const BATCH_IDS = 1000;

/** No project has this id. */
const NO_PROJECT = [0];

async function readProjects(
  { db, clock, features }: Pick<Deps, 'db' | 'clock' | 'features'>,
  ids: readonly number[],
  userId: number | null,
): Promise<ProjectFacts[]> {
  const rows: ProjectRow[] = [];
  const asked = ids.length === 0 ? NO_PROJECT : ids;
  for (let at = 0; at < asked.length; at += BATCH_IDS)
    rows.push(...(await findProjects(db, asked.slice(at, at + BATCH_IDS))));
  const memberships = await listMemberships(db, userId, clock());
  return rows.map((row) => {
    const above = idsOf(row.lineage);
    const roles = memberships
      .filter(({ namespace_id, project_id }) =>
        namespace_id === null ? project_id === row.id : above.includes(namespace_id),
      )
      .map(({ access_level }) => access_level);
    const owns = userId !== null && row.namespace_kind === 'user' && row.namespace_owner_id === userId;
    const level = owns ? ROLES.owner : (Math.max(0, ...roles) as AnyLevel);
    return factsOf({ row, moved: false }, level, features, row.id);
  });
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

function findProjectRow(db: Db, reference: Reference): MaybePromise<FoundProject | undefined> {
  if (typeof reference === 'number') return thenMaybe(findProject(db, reference), whereItWasLooked);
  if (typeof reference === 'string') return findProjectRowByPath(db, reference);
  return thenMaybe(findProjectByPaths(db, projectPathsOf(reference.image)), whereItWasLooked);
}

async function findProjectRowByPath(db: Db, reference: string): Promise<FoundProject | undefined> {
  const row = await findProjectByPath(db, pathKey(reference));
  if (row) return { row, moved: false };
  const old = await findProjectByRedirect(db, pathKey(reference));
  return old && { row: old, moved: true };
}

async function missing(db: Db, what: 'project' | 'group', reference: Reference): Promise<MissingFacts> {
  const path = typeof reference === 'object' ? reference.image : reference;
  const nearest = typeof path === 'number' ? undefined : await findNearestNamespace(db, parentsOf(pathKey(path)));
  return { on: 'missing', what, within: nearest?.lineage ?? null, sought: reference };
}

interface FoundNamespace {
  row: NamespaceRow;
  moved: boolean;
}

/** @param takes whether a namespace of this kind is wanted. Others count as missing. */
async function findNamespaceRow(
  db: Db,
  reference: number | string,
  takes: (row: NamespaceRow) => boolean,
): Promise<FoundNamespace | undefined> {
  if (typeof reference === 'number') {
    const row = await findNamespace(db, reference);
    return row && takes(row) ? { row, moved: false } : undefined;
  }
  const row = await findNamespaceByPath(db, pathKey(reference));
  if (row && takes(row)) return { row, moved: false };
  const old = await findNamespaceByRedirect(db, pathKey(reference));
  return old && takes(old) ? { row: old, moved: true } : undefined;
}

function groupFactsOf(
  { row, moved }: FoundNamespace,
  level: AnyLevel,
  instance: InstanceFeatures,
  sought: Reference,
): GroupFacts {
  const { visibility, lineage } = row;
  return { on: 'group', group: row, visibility, lineage, level, instance, moved, sought };
}

function factsOf(
  { row, moved }: FoundProject,
  level: AnyLevel,
  instance: InstanceFeatures,
  sought: Reference,
): ProjectFacts {
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
    sought,
  };
}
