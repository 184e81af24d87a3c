import type { Kysely } from 'kysely';

export const kind = 'expand';

/** Forms that were sent and must not be done twice. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sent_forms')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('made_id', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('sent_forms_created').on('sent_forms').column('created_at').execute();
}
