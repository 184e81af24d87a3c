import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, sql, type Transaction } from 'kysely';
import { migrate } from './migrate.ts';
import { postgresDialect } from './postgres.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';

export type Engine = 'sqlite' | 'postgres';
/** What queries run on: the database, or a transaction on it. */
export type Db = Kysely<Schema>;
export type { Transaction };

export interface Database extends AsyncDisposable {
  readonly engine: Engine;
  readonly db: Db;
}

export type DatabaseAddress = { engine: 'sqlite'; file: string } | { engine: 'postgres'; url: string };

/**
 * Opens the database, makes it when it is not there, and brings its schema up to date.
 * @throws DatabaseTooNewError, or the driver's error when it cannot be reached.
 */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  const database = connectDatabase(address);
  try {
    await migrate(database.db as Kysely<unknown>, database.engine);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return database;
}

/** Opens the database as it is. For `doctor`, which changes nothing. */
export function connectDatabase(address: DatabaseAddress): Database {
  if (address.engine === 'sqlite' && address.file !== ':memory:') mkdirSync(dirname(address.file), { recursive: true });
  const dialect = address.engine === 'sqlite' ? sqliteDialect(address.file) : postgresDialect(address.url);
  const db = new Kysely<Schema>({ dialect });
  return { engine: address.engine, db, [Symbol.asyncDispose]: () => db.destroy() };
}

/** Runs `work` in a transaction; inside one already, as part of it. Rolled back when it throws. */
export function inTransaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

/** Answers when the database does. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}
