import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { StartError } from '../../lib/start-error.ts';
import type { Engine } from './database.ts';
import { isPostgres } from './migrations/columns.ts';
import { MIGRATIONS } from './migrations/index.ts';

/** The database was made by a newer program than this one. */
export class DatabaseTooNewError extends StartError {
  override readonly name = 'DatabaseTooNewError';
}

/** Any two numbers that no other program locks; they spell "Postern". */
const ADVISORY_LOCK = 0x506f_7374;

/**
 * Brings the schema up to date, in one transaction under a lock: of several programs that start at once one migrates
 * and the others wait. A start that is cut off leaves the database as it was.
 * @returns the names of the migrations that were applied.
 * @throws DatabaseTooNewError when the database knows a migration that this program does not.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine): Promise<string[]> {
  const applied = await db.transaction().execute(async (trx) => {
    if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(trx);
    const { pending } = await refuseNewer(trx);
    // The migrator looks at every column of every table before it finds that there is nothing to do.
    if (pending.length === 0) return [];
    const migrator = new Migrator({ db: trx, provider: { getMigrations: async () => MIGRATIONS } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    return (results ?? []).map((result) => result.migrationName);
  });
  // What a savepoint keeps for its undoing would go to files of the system's temporary folder, page by page: as much as
  // the log itself. Not before: a migration may sort a whole table for an index.
  if (engine === 'sqlite') await sql`pragma temp_store = memory`.execute(db);
  return applied;
}

export interface MigrationState {
  /** Migrations of this program that the database has not seen. */
  pending: string[];
  /** Migrations that the database has seen and this program does not know. */
  unknown: string[];
}

/** How far the database is; an empty one has seen nothing. Changes nothing. */
export async function readMigrationState(db: Kysely<unknown>): Promise<MigrationState> {
  const applied = await appliedMigrations(db);
  return {
    pending: Object.keys(MIGRATIONS).filter((name) => !applied.includes(name)),
    unknown: applied.filter((name) => !(name in MIGRATIONS)),
  };
}

async function appliedMigrations(db: Kysely<unknown>): Promise<string[]> {
  const found = isPostgres(db)
    ? sql`select 1 where to_regclass('kysely_migration') is not null`
    : sql`select 1 from sqlite_master where type = 'table' and name = 'kysely_migration'`;
  if ((await found.execute(db)).rows.length === 0) return [];
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map((row) => row.name);
}

async function refuseNewer(db: Kysely<unknown>): Promise<MigrationState> {
  const state = await readMigrationState(db);
  const { unknown } = state;
  if (unknown.length > 0) {
    throw new DatabaseTooNewError(
      `The database is newer than this program: it has ${unknown.join(', ')}. Start the newer Postern, or restore a backup.`,
    );
  }
  return state;
}
