import type { Kysely } from 'kysely';

export const kind = 'expand';

/** What clients read of a package of very many versions is too large for a row: it lies among the blobs. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('package_documents').addColumn('blob_sha256', 'text').execute();
  await db.schema.alterTable('package_documents').addColumn('blob_size', 'bigint').execute();
  await db.schema.createIndex('package_documents_blob').on('package_documents').column('blob_sha256').execute();
}
