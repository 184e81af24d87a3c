import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { BlobColumn, BlobPlace } from './blob-column.ts';
import { BLOB_COLUMNS } from './blob-columns.ts';

const columnsOf = (store: BlobPlace) => BLOB_COLUMNS.filter((column) => column.store === store);

const nameOf = ({ column }: BlobColumn) => sql.ref(`c.${column}`);
const tableOf = ({ table }: BlobColumn) => sql.table(table);

/** A link to the row `c`, other than the links that a run with this cutoff is going to remove. */
function hasLink({ links }: BlobColumn, cutoff: number | null): RawBuilder<boolean> {
  if (!links) return sql<boolean>`1 = 1`;
  const stale = cutoff === null ? undefined : links.isStale?.(cutoff);
  const fresh = stale ? sql`and not ${stale}` : sql``;
  return sql<boolean>`exists (select 1 from ${sql.table(links.table)} as r
    where ${sql.ref(`r.${links.on}`)} = ${sql.ref(`c.${links.on}`)} ${fresh})`;
}

/**
 * The blobs of a store, of these, that something refers to.
 * @param cutoff for a dry run: links that a run with this cutoff would remove are left out. Null: every link counts.
 */
export async function findReferenced(
  db: Db,
  store: BlobPlace,
  sha256s: readonly string[],
  cutoff: number | null = null,
): Promise<Set<string>> {
  const found = new Set<string>();
  if (sha256s.length === 0) return found;
  for (const column of columnsOf(store)) {
    const { rows } = await sql<{ name: string }>`
      select ${nameOf(column)} as name from ${tableOf(column)} as c
      where ${nameOf(column)} in (${sql.join(sha256s)}) and ${hasLink(column, cutoff)}`.execute(db);
    for (const { name } of rows) found.add(name);
  }
  return found;
}

/** The blobs of a store whose rows have no link, of those whose digest starts with `prefix`, two hex digits. */
export async function findUnlinked(db: Db, store: BlobPlace, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for (const column of columnsOf(store).filter(({ links }) => links !== null)) {
    // `g` is the letter after the hex digits.
    const { rows } = await sql<{ name: string }>`
      select ${nameOf(column)} as name from ${tableOf(column)} as c
      where ${nameOf(column)} >= ${prefix} and ${nameOf(column)} <= ${`${prefix}g`}
        and not ${hasLink(column, null)}`.execute(db);
    found.push(...rows.map(({ name }) => name));
  }
  return found;
}

/** Deletes the rows of these blobs that have no link. */
export async function deleteUnlinked(db: Db, store: BlobPlace, sha256s: readonly string[]): Promise<void> {
  if (sha256s.length === 0) return;
  for (const column of columnsOf(store).filter(({ links }) => links !== null))
    await sql`delete from ${tableOf(column)} as c
      where ${nameOf(column)} in (${sql.join(sha256s)}) and not ${hasLink(column, null)}`.execute(db);
}
