import type { Kysely } from 'kysely';

export const kind = 'expand';

/** Adds the cleanup policies of projects, and since when nothing refers to a manifest. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('image_cleanup_policies')
    .addColumn('project_id', 'bigint', (c) => c.primaryKey().references('projects.id').onDelete('cascade'))
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('enabled', 'integer', (c) => c.notNull())
    .addColumn('cadence', 'text', (c) => c.notNull())
    .addColumn('keep_n', 'integer')
    .addColumn('older_than', 'text')
    .addColumn('name_regex', 'text')
    .addColumn('name_regex_keep', 'text')
    .addColumn('untagged_days', 'bigint')
    .addColumn('next_run_at', 'bigint')
    .execute();
  await db.schema
    .createIndex('image_cleanup_policies_due')
    .on('image_cleanup_policies')
    .columns(['enabled', 'next_run_at'])
    .execute();
  await db.schema
    .createTable('unreferenced_manifests')
    .addColumn('manifest_id', 'bigint', (c) => c.primaryKey().references('image_manifests.id').onDelete('cascade'))
    .addColumn('since', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('unreferenced_manifests_since').on('unreferenced_manifests').column('since').execute();
}
