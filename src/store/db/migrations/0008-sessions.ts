import type { Kysely } from 'kysely';
import { withId } from './columns.ts';

export const kind = 'expand';

/** Sessions of the pages. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('sessions'), db)
    .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('hash', 'text', (c) => c.notNull().unique())
    .addColumn('ip', 'text', (c) => c.notNull())
    .addColumn('agent', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('sessions_user').on('sessions').column('user_id').execute();
}
