import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { StartError } from '../../lib/start-error.ts';
import { isPostgres } from './migrations/columns.ts';
import { MIGRATIONS } from './migrations/index.ts';
import type { Engine } from './types.ts';

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
 * @throws DatabaseTooNewError when the database has a migration that this program does not know and that is no `expand`
 * migration, or one that it does not know while others are pending.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine): Promise<string[]> {
  const applied = await db.transaction().execute(async (trx) => {
    if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`.execute(trx);
    const state = await readMigrationState(trx);
    refuseNewer(state);
    // The migrator looks at every column of every table before it finds that there is nothing to do.
    if (state.pending.length === 0) return [];
    const migrator = new Migrator({ db: trx, provider: { getMigrations: async () => MIGRATIONS } });
    const { error, results } = await migrator.migrateToLatest();
    if (error) throw error;
    await writeKinds(trx);
    return (results ?? []).map((result) => result.migrationName);
  });
  // The undo data of a savepoint would go to files of the system's temporary folder, page by page: as much as
  // the log itself. Not before: a migration may sort a whole table for an index.
  if (engine === 'sqlite') await sql`pragma temp_store = memory`.execute(db);
  return applied;
}

export interface MigrationState {
  /** Migrations of this program that the database does not have. */
  pending: string[];
  /** Migrations of a newer program, on whose schema this program works all the same. */
  ahead: string[];
  /** Migrations of a newer program, on whose schema this program must not run. */
  refused: string[];
}

/** Compares the migrations of the database with those of this program; an empty database has none. Changes nothing. */
export async function readMigrationState(db: Kysely<unknown>): Promise<MigrationState> {
  const applied = await readNames(db, 'kysely_migration');
  const unknown = applied.filter((name) => !(name in MIGRATIONS));
  const kinds = unknown.length > 0 ? await readKinds(db) : new Map<string, string>();
  return {
    pending: Object.keys(MIGRATIONS).filter((name) => !applied.includes(name)),
    ahead: unknown.filter((name) => kinds.get(name) === 'expand'),
    refused: unknown.filter((name) => kinds.get(name) !== 'expand'),
  };
}

/** Writes the kind of each migration beside it, for programs that do not know the migration. */
async function writeKinds(db: Kysely<unknown>): Promise<void> {
  if (!(await hasTable(db, 'migration_kinds'))) return;
  const written = await readNames(db, 'migration_kinds');
  for (const [name, { kind }] of Object.entries(MIGRATIONS))
    if (!written.includes(name))
      await sql`insert into migration_kinds (name, kind) values (${name}, ${kind})`.execute(db);
}

async function readKinds(db: Kysely<unknown>): Promise<Map<string, string>> {
  if (!(await hasTable(db, 'migration_kinds'))) return new Map();
  const { rows } = await sql<{ name: string; kind: string }>`select name, kind from migration_kinds`.execute(db);
  return new Map(rows.map(({ name, kind }) => [name, kind]));
}

async function readNames(db: Kysely<unknown>, table: string): Promise<string[]> {
  if (!(await hasTable(db, table))) return [];
  const { rows } = await sql<{ name: string }>`select name from ${sql.table(table)} order by name`.execute(db);
  return rows.map((row) => row.name);
}

async function hasTable(db: Kysely<unknown>, table: string): Promise<boolean> {
  const found = isPostgres(db)
    ? sql`select 1 where to_regclass(${table}) is not null`
    : sql`select 1 from sqlite_master where type = 'table' and name = ${table}`;
  return (await found.execute(db)).rows.length > 0;
}

function refuseNewer({ pending, ahead, refused }: MigrationState): void {
  if (refused.length > 0)
    throw new DatabaseTooNewError(
      `The database is newer than this program, which cannot run on ${refused.join(', ')}. Start the newer Postern, or restore a backup.`,
    );
  // Two programs that do not know each other's migrations: nobody has tried the schema that would come of both.
  if (pending.length > 0 && ahead.length > 0)
    throw new DatabaseTooNewError(
      `The database has ${ahead.join(', ')}, which this program does not know, and lacks ${pending.join(', ')}. Start the newer Postern.`,
    );
}
