import { type Kysely, sql } from 'kysely';
import { isPostgres } from './columns.ts';

/**
 * What a type says of one file: of a Python release the versions of Python that this file is for, which were kept with the release as its
 * first file had them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('package_files').addColumn('metadata', 'text').execute();
  const python = isPostgres(db)
    ? sql`v.metadata::json ->> 'requires_python'`
    : sql`json_extract(v.metadata, '$.requires_python')`;
  const object = isPostgres(db)
    ? sql`json_build_object('requires_python', ${python})::text`
    : sql`json_object('requires_python', ${python})`;
  await sql`
    update package_files set metadata = said.metadata
    from (
      select v.id, ${object} as metadata from package_versions v join packages p on p.id = v.package_id
      where p.type = 'pypi' and ${python} is not null
    ) as said
    where said.id = package_files.version_id and package_files.parent_id is null`.execute(db);
}
