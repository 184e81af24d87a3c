import { type Kysely, sql } from 'kysely';

export const kind = 'expand';

/** How many indexes are read at once; each has up to 4 MiB. */
const BATCH = 20;

/** How many entries one statement writes. */
const ENTRIES = 500;

/** Adds which manifests an index lists, and reads it from the indexes that there are. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('image_manifest_entries')
    .addColumn('index_id', 'bigint', (c) => c.notNull().references('image_manifests.id').onDelete('cascade'))
    .addColumn('manifest_id', 'bigint', (c) => c.notNull().references('image_manifests.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('image_manifest_entries_pk', ['index_id', 'manifest_id'])
    .execute();
  await db.schema
    .createIndex('image_manifest_entries_manifest')
    .on('image_manifest_entries')
    .column('manifest_id')
    .execute();
  for (let after = 0; ; ) {
    const indexes = await readIndexes(db, after);
    for (const index of indexes) await insertEntries(db, index);
    const last = indexes.at(-1);
    if (!last) return;
    after = Number(last.id);
  }
}

interface IndexRow {
  id: number;
  image_id: number;
  body: Uint8Array;
}

/** Manifests without content of their own: indexes, of whatever media type. */
async function readIndexes(db: Kysely<unknown>, after: number): Promise<IndexRow[]> {
  const { rows } = await sql<IndexRow>`
    select id, image_id, body from image_manifests
    where id > ${after} and image_size = 0 and config_digest is null
    order by id limit ${BATCH}`.execute(db);
  return rows;
}

async function insertEntries(db: Kysely<unknown>, { id, image_id, body }: IndexRow): Promise<void> {
  const digests = digestsIn(body);
  for (let at = 0; at < digests.length; at += ENTRIES)
    await sql`
      insert into image_manifest_entries (index_id, manifest_id)
      select ${sql.lit(Number(id))}, id from image_manifests
      where image_id = ${image_id} and digest in (${sql.join(digests.slice(at, at + ENTRIES))})`.execute(db);
}

function digestsIn(body: Uint8Array): string[] {
  const { manifests } = JSON.parse(new TextDecoder().decode(body)) as { manifests?: { digest: string }[] | null };
  return [...new Set((manifests ?? []).map(({ digest }) => digest))];
}
