import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { BlobColumn, BlobPlace, StorageKind } from './blob-column.ts';
import { BLOB_COLUMNS } from './blob-columns.ts';
import { startsWith } from './conditions.ts';

/** A project, or all projects of a namespace and below it. */
export type StorageScope = { projectId: number } | { lineage: string };

/** Bytes, each blob once, however many in the scope refer to it. */
export interface StoredBytesCount extends Record<StorageKind, number> {
  /** Blobs of one store that several kinds refer to are in it once. */
  total: number;
}

type Counted = BlobColumn & { counted: NonNullable<BlobColumn['counted']> };

const COUNTED = BLOB_COLUMNS.filter((column): column is Counted => column.counted !== null);

/** The row `c` that names the blob, and `r`, which belongs to a project: its link, or the same row. */
function rowsOf({ table, links }: BlobColumn): RawBuilder<unknown> {
  if (!links) return sql`${sql.table(table)} as r`;
  return sql`${sql.table(table)} as c join ${sql.table(links.table)} as r
    on ${sql.ref(`r.${links.on}`)} = ${sql.ref(`c.${links.on}`)}`;
}

/** A column of the row that names the blob. */
const refIn = ({ links }: BlobColumn, column: string) => sql.ref(`${links ? 'c' : 'r'}.${column}`);

/**
 * Whether `r` belongs to a project of the scope, for a query that begins with the projects: with a join, SQLite would
 * read all rows of the table, whatever projects they belong to.
 */
function ofProjects({ project: { id } }: BlobColumn, scope: StorageScope): RawBuilder<unknown> {
  if ('projectId' in scope) return sql`${id} = ${scope.projectId}`;
  return sql`${id} in (select p.id from namespaces n join projects p on p.namespace_id = n.id
    where ${startsWith('n.lineage', scope.lineage)})`;
}

/** The same for a query that begins with few rows `r`. */
function andProject({ project: { id } }: BlobColumn, scope: StorageScope): RawBuilder<unknown> {
  if ('projectId' in scope) return sql`where ${id} = ${scope.projectId}`;
  return sql`join projects p on p.id = ${id} join namespaces n on n.id = p.namespace_id
    where ${startsWith('n.lineage', scope.lineage)}`;
}

/** Columns among which each blob counts once, by their indexes in `COUNTED`. */
type BlobSet = readonly number[];

const setOf = (includes: (column: Counted) => boolean): BlobSet =>
  COUNTED.flatMap((column, i) => (includes(column) ? [i] : []));

const KINDS = [...new Set(COUNTED.map(({ counted }) => counted.kind))];
const STORES = [...new Set(COUNTED.map(({ store }) => store))];
const ALL_OF = new Map(STORES.map((store) => [store, setOf((column) => column.store === store)]));
const partsOf = (kind: StorageKind) =>
  STORES.map((store) => setOf((column) => column.store === store && column.counted.kind === kind));

const sumName = (set: BlobSet) => `sum_${set.join('_')}`;

/** Counts the bytes that a scope refers to, exactly. It reads a row for each reference. */
export async function countStored(db: Db, scope: StorageScope): Promise<StoredBytesCount> {
  const blobs = COUNTED.map((column, i) => {
    return sql`${sql.table(`blobs_${i}`)} as (select distinct ${refIn(column, column.column)} as name,
      ${refIn(column, column.counted.size)} as size from ${rowsOf(column)}
      ${column.project.joins} where ${ofProjects(column, scope)})`;
  });
  const sets = new Map([...ALL_OF.values(), ...KINDS.flatMap(partsOf)].map((set) => [sumName(set), set] as const));
  sets.delete(sumName([]));
  const { rows } = await sql<Record<string, number | string>>`
    with ${sql.join(blobs)} select ${sql.join([...sets.values()].map(sumOf))}`.execute(db);
  const total = (of: Iterable<BlobSet>) => [...of].reduce((sum, set) => sum + Number(rows[0]?.[sumName(set)] ?? 0), 0);
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, total(partsOf(kind))])) as Record<StorageKind, number>;
  return { ...kinds, total: total(ALL_OF.values()) };
}

/** The bytes of a set of columns. */
function sumOf(set: BlobSet): RawBuilder<unknown> {
  const parts = set.map((i) => sql`select name, size from ${sql.table(`blobs_${i}`)}`);
  return sql`(select coalesce(sum(size), 0) from (${sql.join(parts, sql` union `)}) as u) as ${sql.ref(sumName(set))}`;
}

/** A blob that a project comes to refer to. */
export interface Addition {
  store: BlobPlace;
  /** SHA-256 of a blob; of bytes in the database, their digest. */
  name: string;
  size: number;
}

/** References to one blob that are read at most; the empty layer has more than anyone should read. */
const MAX_REFERENCES = 200;

/**
 * Whether the scope refers to a blob already. It may answer no where the answer is yes: of a blob with very many
 * references, and of bytes in the database. The blob is then counted twice until the next exact count.
 */
export async function isStored(db: Db, scope: StorageScope, { store, name }: Addition): Promise<boolean> {
  if (store === 'database') return false;
  for (const column of COUNTED.filter((each) => each.store === store)) {
    const { rows } = await sql`
      select 1 from (select r.* from ${rowsOf(column)} where ${refIn(column, column.column)} = ${name}
        limit ${sql.lit(MAX_REFERENCES)}) as r ${column.project.joins} ${andProject(column, scope)} limit 1`.execute(
      db,
    );
    if (rows.length > 0) return true;
  }
  return false;
}
