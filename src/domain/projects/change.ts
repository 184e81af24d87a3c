import { notFound } from '../../lib/errors.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import type { Flag } from '../../store/db/schema.ts';
import { findNamespace } from '../../store/tables/namespaces.ts';
import { findProject, type ProjectRow, updateProject } from '../../store/tables/projects.ts';
import { moveRoutes } from '../../store/tables/routes.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { checkName, checkPath, pathIsFree } from '../paths.ts';
import { checkVisibility, type Visibility } from '../visibility.ts';
import { type CleanupPolicyChange, changeCleanupPolicy, checkCleanupPolicy } from './cleanup-policy.ts';
import { projectEntity } from './entity.ts';

/** Availability of a feature: to nobody, to members with a sufficient role, or to everyone who can see the project. */
export const FEATURE_LEVELS = ['disabled', 'private', 'enabled'] as const;
export type FeatureLevel = (typeof FEATURE_LEVELS)[number];

/** The features of a project. `true` switches a feature on with its previous audience. */
export interface ProjectFeatures {
  repository: FeatureLevel | boolean;
  lfs: boolean;
  registry: FeatureLevel | boolean;
  packages: FeatureLevel | boolean;
}

/** Omitted properties are unchanged. */
export interface ProjectChange {
  name?: string | undefined;
  path?: string | undefined;
  description?: string | undefined;
  /** The branch that a clone checks out, without `refs/heads/`. */
  defaultBranch?: string | undefined;
  visibility?: Visibility | undefined;
  features?: { [K in keyof ProjectFeatures]?: ProjectFeatures[K] | undefined } | undefined;
  cleanupPolicy?: CleanupPolicyChange | undefined;
}

/** @throws PosternError on a rule broken; nothing is changed then. */
export async function changeProject(
  { db, clock }: Deps,
  audit: Audit,
  project: ProjectRow,
  change: ProjectChange,
  { author: by, confirm }: Authorised,
): Promise<ProjectRow> {
  const { cleanupPolicy } = change;
  if (cleanupPolicy) await checkCleanupPolicy(cleanupPolicy);
  return inTransaction(db, async (trx) => {
    await lockHierarchy(trx, 'exclusive');
    await confirm(trx);
    const before = await load(trx, project.id);
    await apply(trx, before, change);
    const after = await load(trx, project.id);
    const entity = projectEntity(after);
    const subject = { by, entity, target: { kind: 'Project', id: after.id, name: after.name } };
    if (before.full_path !== after.full_path) {
      const details = { from: before.full_path, to: after.full_path };
      await audit.record({ ...subject, action: 'project_path_changed', details }, trx);
    }
    if (before.visibility !== after.visibility) {
      const details = { from: before.visibility, to: after.visibility };
      await audit.record({ ...subject, action: 'project_visibility_changed', details }, trx);
    }
    if (cleanupPolicy) {
      const details = await changeCleanupPolicy(trx, project.id, cleanupPolicy, clock());
      await audit.record({ ...subject, action: 'project_cleanup_policy_changed', details }, trx);
    }
    return after;
  });
}

async function load(trx: Db, id: number): Promise<ProjectRow> {
  const row = await findProject(trx, id);
  if (!row) throw notFound('project');
  return row;
}

async function apply(trx: Db, project: ProjectRow, change: ProjectChange): Promise<void> {
  const { description, visibility, path } = change;
  const name = change.name === undefined ? undefined : checkName(change.name);
  if (visibility !== undefined && visibility !== project.visibility) {
    checkVisibility('project', visibility, (await findNamespace(trx, project.namespace_id)) ?? null);
  }
  if (path !== undefined && path !== project.path) {
    checkPath(path, 'below');
    const parentPath = project.full_path.slice(0, -project.path.length);
    await pathIsFree(moveRoutes(trx, project.full_path, `${parentPath}${path}`));
  }
  const row = { name, description, visibility, path, ...flagsOf(change.features ?? {}) };
  const given = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  if (Object.keys(given).length > 0) await updateProject(trx, project.id, given);
}

/** The columns of what is given; what is left out is undefined. */
export function flagsOf({ repository, lfs, registry, packages }: NonNullable<ProjectChange['features']>) {
  return {
    repository_enabled: isOn(repository),
    repository_members_only: isForMembers(repository),
    lfs_enabled: isOn(lfs),
    registry_enabled: isOn(registry),
    registry_members_only: isForMembers(registry),
    packages_enabled: isOn(packages),
    packages_members_only: isForMembers(packages),
  };
}

type Wanted = FeatureLevel | boolean | undefined;
const isOn = (wanted: Wanted): Flag | undefined =>
  wanted === undefined ? undefined : wanted === false || wanted === 'disabled' ? 0 : 1;
/** Switching off, or on by a word that does not say for whom, leaves it as it was. */
const isForMembers = (wanted: Wanted): Flag | undefined =>
  wanted === 'private' ? 1 : wanted === 'enabled' ? 0 : undefined;
