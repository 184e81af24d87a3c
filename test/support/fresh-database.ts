import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawSettings } from '../../src/config/settings.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { openDatabase } from '../../src/store/db/database.ts';
import { dropPostgres, freshPostgresUrl } from './postgres.ts';
import { scratchFolder } from './scratch.ts';

/**
 * A database of a test's own with the schema of today: a copy of one that was migrated once in this process, which
 * takes a fraction of what migrating does. How a database comes to be is for test/migrations.test.ts and the stories of
 * a first start.
 * @param folder the data folder that it is for; what is there already is left as it is.
 * @returns the settings that lead to it, and how it is removed when nobody is connected any more.
 */
export async function freshDatabase(
  engine: Engine,
  folder: string,
): Promise<{ settings: RawSettings; drop(): Promise<void> }> {
  if (engine === 'postgres') {
    migratedPostgres ??= migratePostgres();
    const url = await freshPostgresUrl(await migratedPostgres);
    return { settings: { POSTERN_DATABASE_URL: url }, drop: () => dropPostgres(url) };
  }
  migratedSqlite ??= migrateSqlite();
  const file = join(folder, 'postern.sqlite');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, await migratedSqlite);
  return { settings: {}, drop: async () => {} };
}

let migratedPostgres: Promise<string> | undefined;
let migratedSqlite: Promise<Buffer> | undefined;

/** @returns the name of the database. */
async function migratePostgres(): Promise<string> {
  const url = await freshPostgresUrl();
  await (await openDatabase({ engine: 'postgres', url }))[Symbol.asyncDispose]();
  return new URL(url).pathname.slice(1);
}

/** @returns what is in the file. */
async function migrateSqlite(): Promise<Buffer> {
  const folder = scratchFolder('postern-migrated-');
  try {
    const file = join(folder, 'postern.sqlite');
    await (await openDatabase({ engine: 'sqlite', file }))[Symbol.asyncDispose]();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
