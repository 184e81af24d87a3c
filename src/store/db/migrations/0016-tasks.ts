import { type Kysely, sql } from 'kysely';

export const kind = 'expand';

/** Background tasks: one row for each kind and subject. Every project that there is gets its first git maintenance. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tasks')
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('subject', 'bigint', (c) => c.notNull())
    .addColumn('due_at', 'bigint')
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addColumn('attempts', 'bigint', (c) => c.notNull())
    .addColumn('owner', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('succeeded_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('error', 'text')
    .addColumn('state', 'text')
    .addPrimaryKeyConstraint('tasks_pkey', ['kind', 'subject'])
    .execute();
  await db.schema.createIndex('tasks_due').on('tasks').column('due_at').execute();
  await sql`
    insert into tasks (kind, subject, due_at, requests, attempts)
    select 'maintain-repository', id, 0, 0, 0 from projects`.execute(db);
}
