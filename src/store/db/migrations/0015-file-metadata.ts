import { type Kysely, sql } from 'kysely';

/** So many versions are read at once. */
const AT_ONCE = 500;

/**
 * What a type says of one file: of a Python release the versions of Python that this file is for, which were kept with the release as its
 * first file had them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('package_files').addColumn('metadata', 'text').execute();
  for (let last = 0; ; ) {
    const versions = await pythonVersions(db, last);
    for (const [python, ids] of Map.groupBy(versions, pythonOf)) if (python !== undefined) await say(db, python, ids);
    if (versions.length < AT_ONCE) return;
    last = versions.at(-1)?.id ?? last;
  }
}

interface Version {
  id: number;
  metadata: string;
}

const pythonVersions = async (db: Kysely<unknown>, after: number): Promise<Version[]> => {
  const { rows } = await sql<Version>`
    select v.id, v.metadata from package_versions v join packages p on p.id = v.package_id
    where p.type = 'pypi' and v.id > ${after} order by v.id limit ${AT_ONCE}`.execute(db);
  return rows;
};

/** Read here and not by the engine: PostgreSQL refuses JSON in which any text has a NUL, or half a letter where it was cut. */
function pythonOf({ metadata }: Version): string | undefined {
  const { requires_python } = JSON.parse(metadata) as { requires_python?: unknown };
  return typeof requires_python === 'string' ? requires_python : undefined;
}

async function say(db: Kysely<unknown>, python: string, of: readonly Version[]): Promise<void> {
  const ids = sql.join(of.map(({ id }) => id));
  const metadata = JSON.stringify({ requires_python: python });
  await sql`update package_files set metadata = ${metadata} where version_id in (${ids}) and parent_id is null`.execute(
    db,
  );
}
