import type { Kysely } from 'kysely';

export const kind = 'expand';

/** Documents of packages with very many versions are too large for a row: they are stored as blobs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('package_documents').addColumn('blob_sha256', 'text').execute();
  await db.schema.alterTable('package_documents').addColumn('blob_size', 'bigint').execute();
  await db.schema.createIndex('package_documents_blob').on('package_documents').column('blob_sha256').execute();
}
