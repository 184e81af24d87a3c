import { type Kysely, sql } from 'kysely';
import { withId } from './columns.ts';

export const kind = 'expand';

/** How much projects and namespaces may store. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('storage_limits'), db)
    .addColumn('namespace_id', 'bigint', (c) => c.unique().references('namespaces.id').onDelete('cascade'))
    .addColumn('project_id', 'bigint', (c) => c.unique().references('projects.id').onDelete('cascade'))
    .addColumn('max_bytes', 'bigint', (c) => c.notNull())
    .addColumn('used_bytes', 'bigint', (c) => c.notNull())
    .addCheckConstraint('storage_limits_one_target', sql`(namespace_id is null) <> (project_id is null)`)
    .execute();
}
