import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageRepositoriesTable, PackageRepositoryDocumentsTable } from '../db/packages-schema.ts';
import { prepared, preparedOne } from '../db/prepared.ts';
import type { BlobColumn } from './blob-column.ts';
import type { IndexedProperty } from './indexed-properties.ts';
import type { PackageRow } from './packages.ts';

export type PackageRepositoryRow = Selectable<PackageRepositoriesTable>;
export type RepositoryDocumentRow = Selectable<PackageRepositoryDocumentsTable>;

const claim = prepared<PackageRepositoryRow, [number, string, string]>((db, project_id, type, key) =>
  db
    .insertInto('package_repositories')
    .values({ project_id, type, key, revision: 1 })
    .onConflict((conflict) =>
      conflict
        .columns(['project_id', 'type', 'key'])
        .doUpdateSet((eb) => ({ revision: eb('package_repositories.revision', '+', 1) })),
    )
    .returningAll(),
);

/**
 * Increments the revision of a repository, which is created when it is missing. Takes the lock of its row until the
 * transaction ends.
 */
export async function claimPackageRepository(
  db: Db,
  { projectId, type, key }: { projectId: number; type: string; key: string },
): Promise<PackageRepositoryRow> {
  const [row] = await claim(db, projectId, type, key);
  if (!row) throw new Error('the insert of a package repository returned no row');
  return row;
}

export const findPackageRepository = preparedOne<PackageRepositoryRow, [number, string, string]>(
  (db, projectId, type, key) =>
    db
      .selectFrom('package_repositories')
      .selectAll()
      .where('project_id', '=', projectId)
      .where('type', '=', type)
      .where('key', '=', key),
);

export const findPackageRepositoryById = preparedOne<PackageRepositoryRow, [number]>((db, id) =>
  db.selectFrom('package_repositories').selectAll().where('id', '=', id),
);

/**
 * The packages of a project and type in the order of their name keys, `limit` at most, that come after a name key.
 * @param having only packages with a file that has this indexed property.
 */
export function listPackagesOfRepository(
  db: Db,
  { project_id, type }: Pick<PackageRepositoryRow, 'project_id' | 'type'>,
  having: IndexedProperty | undefined,
  { after, limit }: { after: string; limit: number },
): Promise<PackageRow[]> {
  let query = db
    .selectFrom('packages as k')
    .selectAll('k')
    .where('k.project_id', '=', project_id)
    .where('k.type', '=', type)
    .where('k.name_key', '>', after);
  if (having) {
    const [name, value] = having;
    query = query.where('k.id', 'in', (eb) =>
      eb
        .selectFrom('package_file_properties as p')
        .innerJoin('package_files as f', 'f.id', 'p.file_id')
        .innerJoin('package_versions as v', 'v.id', 'f.version_id')
        .select('v.package_id')
        .where('p.project_id', '=', project_id)
        .where('p.name', '=', name)
        .where('p.value', '=', value),
    );
  }
  return query.orderBy('k.name_key').limit(limit).execute();
}

/** See `BLOB_COLUMNS`. Documents are generated: no quota counts them. */
export const repositoryDocumentColumn: BlobColumn = {
  store: 'files',
  table: 'package_repository_documents',
  column: 'blob_sha256',
  counted: null,
  links: null,
  project: { joins: sql`join package_repositories k on k.id = r.repository_id`, id: sql.ref('k.project_id') },
};

export const findRepositoryDocument = preparedOne<RepositoryDocumentRow, [number, string]>((db, repositoryId, kind) =>
  db
    .selectFrom('package_repository_documents')
    .selectAll()
    .where('repository_id', '=', repositoryId)
    .where('kind', '=', kind),
);

/** Replaces a document unless it was made of a newer revision. `modified_at` stays when the text is the same. */
export async function writeRepositoryDocument(db: Db, row: RepositoryDocumentRow): Promise<void> {
  const { repository_id, kind, ...made } = row;
  const before = await findRepositoryDocument(db, repository_id, kind);
  const modified_at = before?.etag === made.etag ? before.modified_at : made.modified_at;
  await db
    .insertInto('package_repository_documents')
    .values({ repository_id, kind, ...made, modified_at })
    .onConflict((conflict) =>
      conflict
        .columns(['repository_id', 'kind'])
        .doUpdateSet({ ...made, modified_at })
        .where('package_repository_documents.revision', '<=', made.revision),
    )
    .execute();
}

/** Deletes the documents of a repository that the rebuild of this revision did not make. */
export async function deleteOlderRepositoryDocuments(db: Db, repositoryId: number, revision: number): Promise<void> {
  await db
    .deleteFrom('package_repository_documents')
    .where('repository_id', '=', repositoryId)
    .where('revision', '<', revision)
    .execute();
}
