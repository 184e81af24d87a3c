import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { PackageDocumentsTable } from '../db/schema.ts';

export type PackageDocumentRow = Selectable<PackageDocumentsTable>;

const byKind = prepared<PackageDocumentRow, [number, string]>((db, packageId, kind) =>
  db.selectFrom('package_documents').selectAll().where('package_id', '=', packageId).where('kind', '=', kind),
);

export async function findPackageDocument(
  db: Db,
  packageId: number,
  kind: string,
): Promise<PackageDocumentRow | undefined> {
  return (await byKind(db, packageId, kind))[0];
}

const write = prepared<never, [number, string, number, string, string, Uint8Array]>(
  (db, package_id, kind, revision, base, etag, body) =>
    db
      .insertInto('package_documents')
      .values({ package_id, kind, revision, base, etag, body })
      .onConflict((conflict) =>
        conflict
          .columns(['package_id', 'kind'])
          .doUpdateSet({ revision, base, etag, body })
          .where('package_documents.revision', '<=', revision),
      ),
);

/** Keeps a document in place of the one before; one that was made of a newer revision stays. */
export async function writePackageDocument(db: Db, row: PackageDocumentRow): Promise<void> {
  await write(db, row.package_id, row.kind, row.revision, row.base, row.etag, row.body);
}
