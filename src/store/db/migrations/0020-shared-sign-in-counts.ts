import type { Kysely } from 'kysely';

export const kind = 'expand';

/**
 * Adds the counts of failed sign-ins, and the addresses that signed in to an account, which each node kept in its
 * memory.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sign_in_failures')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('failures', 'integer', (c) => c.notNull())
    .addColumn('ends_at', 'bigint', (c) => c.notNull())
    .addColumn('failed_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('sign_in_failures_age').on('sign_in_failures').column('failed_at').execute();
  await db.schema
    .createTable('trusted_sign_ins')
    .addColumn('key', 'text', (c) => c.primaryKey())
    .addColumn('trusted_until', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('trusted_sign_ins_age').on('trusted_sign_ins').column('trusted_until').execute();
}
