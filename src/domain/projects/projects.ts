import { notFound } from '../../lib/errors.ts';
import { idsOf } from '../../lib/lineage.ts';
import { inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import type { VisibilityFilter } from '../../store/tables/conditions.ts';
import { findNamespace, type NamespaceRow, namesOf } from '../../store/tables/namespaces.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import {
  deleteProject,
  findProject,
  findSeenProject,
  insertProject,
  listProjects,
  type ProjectFilter,
  type ProjectOrder,
  type ProjectRow,
  type SeenProjectRow,
  updateProject,
} from '../../store/tables/projects.ts';
import { insertRoute } from '../../store/tables/routes.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { checkName, checkPath, pathIsFree } from '../paths.ts';
import { checkVisibility, type Visibility } from '../visibility.ts';
import { changeProject, flagsOf, type ProjectChange } from './change.ts';
import {
  type CleanupPolicy,
  changeCleanupPolicy,
  checkCleanupPolicy,
  readCleanupPolicies,
  readCleanupPolicy,
} from './cleanup-policy.ts';
import { setDefaultBranch } from './default-branch.ts';
import { projectEntity } from './entity.ts';
import { removeRepositories } from './remove-repositories.ts';
import { transferProject } from './transfer.ts';

export type Project = ProjectRow;
export type { ProjectFilter, ProjectOrder } from '../../store/tables/projects.ts';
export { FEATURE_LEVELS, type FeatureLevel, type ProjectChange, type ProjectFeatures } from './change.ts';

/** A project as someone sees it: with their roles, and what is not in its row. */
export interface SeenProject extends SeenProjectRow {
  /** The names of all that it is in, outermost first. */
  namespaceNames: string[];
  /** The default branch. */
  defaultBranch: string;
  cleanupPolicy: CleanupPolicy;
}

export interface NewProject {
  name: string;
  path: string;
  description?: string | undefined;
  /** Private when it is not given. */
  visibility?: Visibility | undefined;
  /** On unless switched off. */
  features?: ProjectChange['features'];
  cleanupPolicy?: ProjectChange['cleanupPolicy'];
}

export type Projects = ReturnType<typeof createProjects>;

export function createProjects(deps: Deps, audit: Audit) {
  const { db } = deps;
  return {
    /** Makes a project. Its repository is made when it is first used. */
    async create(
      namespace: NamespaceRow,
      request: NewProject,
      { author: by, userId, confirm }: Authorised,
    ): Promise<Project> {
      const name = checkName(request.name);
      checkPath(request.path, 'below');
      if (request.cleanupPolicy) await checkCleanupPolicy(request.cleanupPolicy);
      return inTransaction(db, async (trx) => {
        await lockHierarchy(trx, 'shared');
        await confirm(trx);
        const parent = await findNamespace(trx, namespace.id);
        if (!parent) throw notFound('namespace');
        const row = await insert({ ...deps, db: trx }, parent, { ...request, name }, userId);
        const target = { kind: 'Project', id: row.id, name };
        const details = { visibility: row.visibility };
        await audit.record({ action: 'project_created', by, entity: projectEntity(row), target, details }, trx);
        return row;
      });
    },

    /** As the visibilityFilter sees it; whether they may is decided elsewhere. @throws PosternError not_found. */
    async see(visibilityFilter: VisibilityFilter, id: number): Promise<SeenProject> {
      const row = await findSeenProject(db, visibilityFilter, id);
      const [seen] = row ? await completed(deps, [row]) : [];
      if (!seen) throw notFound('project');
      return seen;
    },

    /** The projects that someone can see. */
    async list(
      visibilityFilter: VisibilityFilter,
      filter: ProjectFilter,
      order: ProjectOrder,
      page: PageRequest,
    ): Promise<Page<SeenProject>> {
      const rows = await listProjects(db, visibilityFilter, filter, order, page);
      return { ...rows, items: await completed(deps, rows.items) };
    },

    /** Changes what is given. The old path then redirects to the new one. @throws PosternError on a rule broken. */
    async update(project: Project, change: ProjectChange, by: Authorised): Promise<Project> {
      const { defaultBranch } = change;
      if (defaultBranch !== undefined) await setDefaultBranch(deps, audit, project, defaultBranch, by);
      return changeProject(deps, audit, project, change, by);
    },

    /** Makes a project read-only, or writable again. */
    archive(project: Project, archived: boolean, { author: by, confirm }: Authorised): Promise<void> {
      return inTransaction(db, async (trx) => {
        await confirm(trx);
        const row = await findProject(trx, project.id);
        if (!row) throw notFound('project');
        if ((row.archived === 1) === archived) return;
        await updateProject(trx, row.id, { archived: archived ? 1 : 0 });
        const action = archived ? 'project_archived' : 'project_unarchived';
        const target = { kind: 'Project', id: row.id, name: row.name };
        await audit.record({ action, by, entity: projectEntity(row), target }, trx);
      });
    },

    /** When and how the tags of its images are deleted. */
    cleanupPolicy: ({ id }: Pick<Project, 'id'>): Promise<CleanupPolicy> => readCleanupPolicy(db, id),

    /** Moves a project into a group or personal namespace. @throws PosternError saying what is in the way. */
    transfer: (project: Project, to: NamespaceRow, by: Authorised) => transferProject(deps, audit, project, to, by),

    /** Removes a project and all that belongs to it: the rows in one transaction, then the repository. */
    async destroy(project: Project, { author: by, confirm }: Authorised): Promise<void> {
      await inTransaction(db, async (trx) => {
        await confirm(trx);
        const row = await findProject(trx, project.id);
        if (!row) throw notFound('project');
        await deleteProject(trx, row.id);
        const target = { kind: 'Project', id: row.id, name: row.name };
        await audit.record({ action: 'project_destroyed', by, entity: projectEntity(row), target }, trx);
      });
      await removeRepositories(deps, [project.id]);
    },
  };
}

async function insert(
  deps: Deps,
  namespace: NamespaceRow,
  request: NewProject,
  creatorId: number | null,
): Promise<Project> {
  const { db: trx, clock } = deps;
  const { name, path, description = '', visibility = 'private', features = {} } = request;
  checkVisibility('project', visibility, namespace);
  const flags = flagsOf(features);
  const id = await insertProject(trx, {
    namespace_id: namespace.id,
    name,
    path,
    description,
    visibility,
    archived: 0,
    repository_enabled: flags.repository_enabled ?? 1,
    repository_members_only: flags.repository_members_only ?? 0,
    lfs_enabled: flags.lfs_enabled ?? 1,
    registry_enabled: flags.registry_enabled ?? 1,
    registry_members_only: flags.registry_members_only ?? 0,
    packages_enabled: flags.packages_enabled ?? 1,
    packages_members_only: flags.packages_members_only ?? 0,
    creator_id: creatorId,
    created_at: clock(),
    last_activity_at: clock(),
  });
  await pathIsFree(insertRoute(trx, `${namespace.full_path}/${path}`, { project_id: id }));
  if (request.cleanupPolicy) await changeCleanupPolicy(trx, id, request.cleanupPolicy, clock());
  const row = await findProject(trx, id);
  if (!row) throw new Error('the project just written is not there');
  return row;
}

/** Three queries whatever their number, and a small file for each. */
async function completed({ db, git }: Deps, rows: readonly SeenProjectRow[]): Promise<SeenProject[]> {
  const names = await namesOf(db, [...new Set(rows.flatMap((row) => idsOf(row.lineage)))]);
  const policyOf = await readCleanupPolicies(
    db,
    rows.map(({ id }) => id),
  );
  return Promise.all(
    rows.map(async (row) => ({
      ...row,
      namespaceNames: idsOf(row.lineage).map((id) => names.get(id) ?? ''),
      defaultBranch: await git.defaultBranch(row.id),
      cleanupPolicy: policyOf(row.id),
    })),
  );
}
