import { type Kysely, sql } from 'kysely';

export const kind = 'expand';

/** Versions that are read at once: each may have 256 KiB of metadata. */
const BATCH_SIZE = 100;

interface Version {
  id: number;
  package_id: number;
  metadata: string;
}

/** Gives the deprecated versions of npm packages the indexed property by which lists find them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select v.id from package_versions v join packages p on p.id = v.package_id
    where p.type = 'npm' and v.metadata like ${'%"deprecated":%'}`.execute(db);
  const ids = rows.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += BATCH_SIZE) {
    const { rows: versions } = await sql<Version>`
      select id, package_id, metadata from package_versions
      where id in (${sql.join(ids.slice(from, from + BATCH_SIZE))})`.execute(db);
    for (const { id, package_id } of versions.filter(isDeprecated))
      await sql`insert into package_version_properties (version_id, package_id, name, value)
        values (${id}, ${package_id}, 'deprecated', 'true') on conflict do nothing`.execute(db);
  }
}

/** Parsed here and not by the engine: PostgreSQL refuses JSON with a NUL or with half a surrogate pair in a string. */
function isDeprecated({ metadata }: Version): boolean {
  const { deprecated } = JSON.parse(metadata) as { deprecated?: unknown };
  return typeof deprecated === 'string' && deprecated !== '';
}
