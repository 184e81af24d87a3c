import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageDocumentsTable } from '../db/schema.ts';

export type PackageDocumentRow = Selectable<PackageDocumentsTable>;

export function findPackageDocument(db: Db, packageId: number, kind: string): Promise<PackageDocumentRow | undefined> {
  return db
    .selectFrom('package_documents')
    .selectAll()
    .where('package_id', '=', packageId)
    .where('kind', '=', kind)
    .executeTakeFirst();
}

/** Keeps a document in place of the one before; one that was made of a newer revision stays. */
export async function writePackageDocument(db: Db, row: PackageDocumentRow): Promise<void> {
  const { revision, base, etag, body } = row;
  await db
    .insertInto('package_documents')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['package_id', 'kind'])
        .doUpdateSet({ revision, base, etag, body })
        .where('package_documents.revision', '<=', revision),
    )
    .execute();
}
