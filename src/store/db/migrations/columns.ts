import { type CreateTableBuilder, type Kysely, PostgresAdapter } from 'kysely';

/** The two engines differ in how they number rows and in nothing else that our migrations use. */
export function isPostgres(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Adds `id`: counted up by the engine and never used again after a row is gone. */
export function withId<T extends string>(
  table: CreateTableBuilder<T>,
  db: Kysely<unknown>,
): CreateTableBuilder<T, string> {
  return isPostgres(db)
    ? table.addColumn('id', 'bigint', (c) => c.primaryKey().generatedByDefaultAsIdentity())
    : table.addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement());
}
