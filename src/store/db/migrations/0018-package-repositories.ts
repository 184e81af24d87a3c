import { type Kysely, sql } from 'kysely';
import { isPostgres, withId } from './columns.ts';

export const kind = 'expand';

/** Versions whose metadata is read in one query. */
const BATCH_SIZE = 500;

/**
 * Package repositories (a project, a type and a key such as a distribution) with their documents; indexed properties of
 * versions and files.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await repositories(db);
  await properties(db);
  await indexYankedReleases(db);
}

async function repositories(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('package_repositories'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('key', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('package_repositories_key', ['project_id', 'type', 'key'])
    .execute();

  await db.schema
    .createTable('package_repository_documents')
    .addColumn('repository_id', 'bigint', (c) => c.notNull().references('package_repositories.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('base', 'text', (c) => c.notNull())
    .addColumn('etag', 'text', (c) => c.notNull())
    .addColumn('modified_at', 'bigint', (c) => c.notNull())
    .addColumn('body', isPostgres(db) ? 'bytea' : 'blob', (c) => c.notNull())
    .addColumn('blob_sha256', 'text')
    .addColumn('blob_size', 'bigint')
    .addPrimaryKeyConstraint('package_repository_documents_pk', ['repository_id', 'kind'])
    .execute();
  await db.schema
    .createIndex('package_repository_documents_blob')
    .on('package_repository_documents')
    .column('blob_sha256')
    .execute();
}

/**
 * The owner above (package or project) is repeated in each row: an index that begins with it answers "which of this
 * package".
 */
async function properties(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('package_version_properties')
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('package_versions.id').onDelete('cascade'))
    .addColumn('package_id', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('package_version_properties_pk', ['version_id', 'name', 'value'])
    .execute();
  await db.schema
    .createIndex('package_version_properties_value')
    .on('package_version_properties')
    .columns(['package_id', 'name', 'value', 'version_id'])
    .execute();

  await db.schema
    .createTable('package_file_properties')
    .addColumn('file_id', 'bigint', (c) => c.notNull().references('package_files.id').onDelete('cascade'))
    .addColumn('project_id', 'bigint', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('package_file_properties_pk', ['file_id', 'name', 'value'])
    .execute();
  await db.schema
    .createIndex('package_file_properties_value')
    .on('package_file_properties')
    .columns(['project_id', 'name', 'value', 'file_id'])
    .execute();
}

interface Release {
  id: number;
  package_id: number;
  metadata: string;
}

/** The PyPI index found yanked releases by LIKE in their metadata; from now on by the property `yanked`. */
async function indexYankedReleases(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select v.id from package_versions v join packages p on p.id = v.package_id
    where p.type = 'pypi' and v.metadata like ${'%"yanked":%'}`.execute(db);
  const ids = rows.map(({ id }) => id);
  for (let from = 0; from < ids.length; from += BATCH_SIZE) {
    const { rows: releases } = await sql<Release>`
      select id, package_id, metadata from package_versions where id in (${sql.join(ids.slice(from, from + BATCH_SIZE))})`.execute(
      db,
    );
    for (const { id, package_id } of releases.filter(isYanked))
      await sql`insert into package_version_properties (version_id, package_id, name, value)
        values (${id}, ${package_id}, 'yanked', 'true')`.execute(db);
  }
}

/** Parsed here and not by the engine: PostgreSQL refuses JSON with a NUL or with half a surrogate pair in a string. */
const isYanked = ({ metadata }: Release): boolean =>
  typeof (JSON.parse(metadata) as { yanked?: unknown }).yanked === 'string';
