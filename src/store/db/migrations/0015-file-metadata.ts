import { type Kysely, sql } from 'kysely';

export const kind = 'expand';

/** So many versions are read at once. */
const BATCH_SIZE = 500;

/**
 * Metadata of one file: for a Python release the versions of Python that the file supports, which were stored with the
 * release as its first file had them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('package_files').addColumn('metadata', 'text').execute();
  const ids = await idsOfReleases(db);
  for (let from = 0; from < ids.length; from += BATCH_SIZE) {
    const releases = await read(db, ids.slice(from, from + BATCH_SIZE));
    for (const [python, some] of Map.groupBy(releases, pythonOf)) if (python !== undefined) await say(db, python, some);
  }
}

interface Version {
  id: number;
  metadata: string;
}

/**
 * All at once, without what was written about them: page by page, SQLite would sort all of that again for each page.
 */
async function idsOfReleases(db: Kysely<unknown>): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select v.id from package_versions v join packages p on p.id = v.package_id where p.type = 'pypi'`.execute(db);
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

async function read(db: Kysely<unknown>, ids: readonly number[]): Promise<Version[]> {
  const { rows } = await sql<Version>`select id, metadata from package_versions where id in (${sql.join(ids)})`.execute(
    db,
  );
  return rows;
}

/**
 * Read here and not by the engine: PostgreSQL refuses JSON in which any text has a NUL, or half a letter where it was
 * cut.
 */
function pythonOf({ metadata }: Version): string | undefined {
  const { requires_python } = JSON.parse(metadata) as { requires_python?: unknown };
  return typeof requires_python === 'string' ? requires_python : undefined;
}

/**
 * `parent_id is null` would have the engines go by the index of that, over most files of the server for each of these
 * updates.
 */
async function say(db: Kysely<unknown>, python: string, of: readonly Version[]): Promise<void> {
  const ids = sql.join(of.map(({ id }) => id));
  const metadata = JSON.stringify({ requires_python: python });
  await sql`update package_files set metadata = ${metadata} where version_id in (${ids}) and coalesce(parent_id, 0) = 0`.execute(
    db,
  );
}
