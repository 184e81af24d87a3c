import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageDocumentsTable } from '../db/packages-schema.ts';
import { prepared, preparedOne } from '../db/prepared.ts';
import type { BlobColumn } from './blob-column.ts';

export type PackageDocumentRow = Selectable<PackageDocumentsTable>;

/** See `BLOB_COLUMNS`. Documents are generated: no quota counts them. */
export const packageDocumentColumn: BlobColumn = {
  store: 'files',
  table: 'package_documents',
  column: 'blob_sha256',
  counted: null,
  links: null,
  project: { joins: sql`join packages k on k.id = r.package_id`, id: sql.ref('k.project_id') },
};

export const findPackageDocument = preparedOne<PackageDocumentRow, [number, string]>((db, packageId, kind) =>
  db.selectFrom('package_documents').selectAll().where('package_id', '=', packageId).where('kind', '=', kind),
);

const write = prepared<never, [number, string, number, string, string, Uint8Array, string | null, number | null]>(
  (db, package_id, kind, revision, base, etag, body, blob_sha256, blob_size) =>
    db
      .insertInto('package_documents')
      .values({ package_id, kind, revision, base, etag, body, blob_sha256, blob_size })
      .onConflict((conflict) =>
        conflict
          .columns(['package_id', 'kind'])
          .doUpdateSet({ revision, base, etag, body, blob_sha256, blob_size })
          .where('package_documents.revision', '<=', revision),
      ),
);

/** Replaces a document, unless it was made of a newer revision. */
export async function writePackageDocument(db: Db, row: PackageDocumentRow): Promise<void> {
  const { package_id, kind, revision, base, etag, body, blob_sha256, blob_size } = row;
  await write(db, package_id, kind, revision, base, etag, body, blob_sha256, blob_size);
}

/** Deletes the documents of a package. The next read or rebuild makes them again. */
export async function deletePackageDocuments(db: Db, packageId: number): Promise<void> {
  await db.deleteFrom('package_documents').where('package_id', '=', packageId).execute();
}
