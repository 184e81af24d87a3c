import { type Kysely, sql } from 'kysely';
import { bytewise, withId } from './columns.ts';

export const kind = 'expand';

/** The journal of pushes: who changed which refs, from which object to which. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('pushes'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_id', 'bigint')
    .addColumn('actor_name', 'text', (c) => c.notNull())
    .addColumn('ip', 'text')
    .addColumn('request_id', 'text')
    .addColumn('pending', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('pushes_project').on('pushes').columns(['project_id', 'id']).execute();
  // Nearly always empty: only what is under way, and what a crash has left.
  await db.schema
    .createIndex('pushes_pending')
    .on('pushes')
    .column('id')
    .where(sql.ref('pending'), 'is not', null)
    .execute();

  await withId(db.schema.createTable('ref_updates'), db)
    .addColumn('push_id', 'bigint', (c) => c.notNull().references('pushes.id').onDelete('cascade'))
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('ref', bytewise(db), (c) => c.notNull())
    .addColumn('old_id', 'text')
    .addColumn('new_id', 'text')
    .addColumn('forced', 'integer', (c) => c.notNull())
    .addUniqueConstraint('ref_updates_push_ref', ['push_id', 'ref'])
    .execute();
  await db.schema.createIndex('ref_updates_project').on('ref_updates').columns(['project_id', 'id']).execute();
}
