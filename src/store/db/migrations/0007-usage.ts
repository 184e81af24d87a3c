import type { Kysely } from 'kysely';

export const kind = 'expand';

/**
 * Requests by day and protocol, of deploy tokens and of projects. The subject may be gone when a batch is written:
 * there is no foreign key, and old rows are deleted.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('usage_counts')
    .addColumn('subject_kind', 'text', (c) => c.notNull())
    .addColumn('subject_id', 'bigint', (c) => c.notNull())
    .addColumn('day', 'bigint', (c) => c.notNull())
    .addColumn('protocol', 'text', (c) => c.notNull())
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('usage_counts_pk', ['subject_kind', 'subject_id', 'day', 'protocol'])
    .execute();
  await db.schema.createIndex('usage_counts_day').on('usage_counts').column('day').execute();
}
