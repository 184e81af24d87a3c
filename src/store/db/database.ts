import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Dialect, Kysely, sql, type Transaction } from 'kysely';
import { unavailable } from '../../lib/errors.ts';
import { StartError } from '../../lib/start-error.ts';
import { emptyLogAtStart } from './checkpoint.ts';
import { isLockTimeoutOrDeadlock, isUnreachable, messageOf } from './errors.ts';
import { type MigrationState, migrate, readMigrationState } from './migrate.ts';
import { createFileLock, createServerLock } from './process-lock.ts';
import type { Schema } from './schema.ts';
import { sqliteDialect } from './sqlite.ts';
import type { Database, DatabaseAddress, Db } from './types.ts';

export type { Database, DatabaseAddress, Db, Engine } from './types.ts';
export type { Transaction };

/**
 * Opens the database, makes it when it is not there, and brings its schema up to date.
 * @throws StartError when it cannot be reached or opened; DatabaseTooNewError when this program cannot run on its
 * schema.
 */
export async function openDatabase(address: DatabaseAddress): Promise<Database> {
  const database = await connectDatabase(address);
  try {
    await migrate(database.db as Kysely<unknown>, database.engine);
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw isUnreachable(error) ? unreachable(address, error) : error;
  }
  return database;
}

/** How far the schema of an open database is from what this program wants. */
export const migrationState = (db: Db): Promise<MigrationState> => readMigrationState(db as unknown as Kysely<unknown>);

/** Opens the database as it is. For `doctor`, which changes nothing. */
export async function connectDatabase(address: DatabaseAddress): Promise<Database> {
  const dialect =
    address.engine === 'sqlite' ? openSqlite(address.file) : (await import('./postgres.ts')).postgresDialect(address);
  const db = new Kysely<Schema>({ dialect });
  const alone = address.engine === 'sqlite' ? createFileLock(address.file) : createServerLock(db);
  return {
    engine: address.engine,
    db,
    processLock: alone,
    async serve(work) {
      if (address.engine !== 'sqlite') return work();
      return alone('serve', () => {
        emptyLogAtStart(address.file);
        return work();
      });
    },
    [Symbol.asyncDispose]: () => db.destroy(),
  };
}

function openSqlite(file: string): Dialect {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return sqliteDialect(file);
  } catch (error) {
    throw new StartError(`The database ${file} cannot be opened (POSTERN_DATA): ${messageOf(error)}.`);
  }
}

/**
 * The sentence for a database that cannot be used. It names host and port, but never the user name and password of the
 * URL.
 */
export function unreachable(address: DatabaseAddress, error: unknown): StartError {
  const where = address.engine === 'sqlite' ? address.file : new URL(address.url).host;
  return new StartError(`The database at ${where} cannot be reached (POSTERN_DATABASE_URL): ${messageOf(error)}.`);
}

/**
 * Runs `work` in a transaction; inside one already, as part of it. Rolled back when it throws. Each query sees what
 * others have committed by then, so that who has waited for a lock sees what it was held for; whatever PostgreSQL is
 * set to do by default.
 * @throws PosternError `unavailable` when others held for too long what it waited for.
 */
export async function inTransaction<T>(db: Db, work: (trx: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return work(db);
  try {
    return await db.transaction().setIsolationLevel('read committed').execute(work);
  } catch (error) {
    throw isLockTimeoutOrDeadlock(error)
      ? unavailable('Others are changing the same at this moment. Try again.', 1)
      : error;
  }
}

/** Answers when the database does. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db);
}

/** The current time of the database, in milliseconds since 1970. An embedded one has our clock. */
export async function databaseClock({ engine, db }: Database): Promise<number> {
  if (engine === 'sqlite') return Date.now();
  const { rows } = await sql<{ now: string }>`select extract(epoch from clock_timestamp()) * 1000 as now`.execute(db);
  return Number(rows[0]?.now);
}

/**
 * The database's time in milliseconds since 1970, whole. For a clock that tests move by hand it is that clock's time,
 * and the difference between the database's clock and the machine's.
 */
export const createDatabaseTime = (database: Database, clock: () => number) => async (): Promise<number> =>
  Math.round(clock() + (await databaseClock(database)) - Date.now());
