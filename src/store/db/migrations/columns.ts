import { type CreateTableBuilder, type Kysely, PostgresAdapter, sql } from 'kysely';

/** The two engines differ in how they number rows and in nothing else that our migrations use. */
export function isPostgres(db: Pick<Kysely<unknown>, 'getExecutor'>): boolean {
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

/**
 * For a table that is read by its text key alone: SQLite then finds the row at the key, without a second search by row
 * id.
 */
export function clustered<T extends string>(
  table: CreateTableBuilder<T>,
  db: Kysely<unknown>,
): CreateTableBuilder<T, never> {
  return isPostgres(db) ? table : table.modifyEnd(sql`without rowid`);
}

/**
 * Text that is compared byte by byte, whatever the locale of the database: what starts alike then lies together in an
 * index.
 */
export function bytewise(db: Kysely<unknown>) {
  return isPostgres(db) ? sql`text collate "C"` : sql`text`;
}
