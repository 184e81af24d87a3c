import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { ImageCleanupPoliciesTable } from '../db/images-schema.ts';

export type CleanupPolicyRow = Selectable<ImageCleanupPoliciesTable>;

/** The policies of these projects. A project that never set one has no row. */
export async function findCleanupPolicies(db: Db, projectIds: readonly number[]): Promise<CleanupPolicyRow[]> {
  if (projectIds.length === 0) return [];
  return db.selectFrom('image_cleanup_policies').selectAll().where('project_id', 'in', projectIds).execute();
}

/** Writes the policy of a project, under the next revision. */
export async function writeCleanupPolicy(db: Db, policy: Omit<CleanupPolicyRow, 'revision'>): Promise<void> {
  const { project_id: _, ...change } = policy;
  await db
    .insertInto('image_cleanup_policies')
    .values({ ...policy, revision: 1 })
    .onConflict((c) =>
      c
        .column('project_id')
        .doUpdateSet((eb) => ({ ...change, revision: eb('image_cleanup_policies.revision', '+', 1) })),
    )
    .execute();
}

/** Policies that run now: enabled, of a project that is not archived and has its registry switched on. */
const inForce = (db: Db) =>
  db
    .selectFrom('image_cleanup_policies as c')
    .innerJoin('projects as p', 'p.id', 'c.project_id')
    .selectAll('c')
    .where('c.enabled', '=', 1)
    .where('p.archived', '=', 0)
    .where('p.registry_enabled', '=', 1);

/** Policies that are due, the one that is due the longest first. */
export function listDuePolicies(db: Db, now: number, limit: number): Promise<CleanupPolicyRow[]> {
  return inForce(db).where('c.next_run_at', '<=', now).orderBy('c.next_run_at').limit(limit).execute();
}

/** Whether a policy is still in force as it was read. */
export async function isPolicyInForce(
  db: Db,
  { project_id, revision }: Pick<CleanupPolicyRow, 'project_id' | 'revision'>,
): Promise<boolean> {
  const row = await inForce(db)
    .where('c.project_id', '=', project_id)
    .where('c.revision', '=', revision)
    .executeTakeFirst();
  return row !== undefined;
}

/** Sets when a policy runs next, unless it was changed since it was read. */
export async function schedulePolicy(
  db: Db,
  { project_id, revision }: Pick<CleanupPolicyRow, 'project_id' | 'revision'>,
  nextRunAt: number,
): Promise<void> {
  await db
    .updateTable('image_cleanup_policies')
    .set({ next_run_at: nextRunAt })
    .where('project_id', '=', project_id)
    .where('revision', '=', revision)
    .execute();
}
