import { beforeAll, describe, expect, test } from 'bun:test';
import { type Kysely, sql } from 'kysely';
import type { Db } from '../src/store/db/database.ts';
import { BLOB_COLUMNS } from '../src/store/tables/blob-columns.ts';
import { type CollectionScene, collectionScene } from './support/collection-scene.ts';
import { onEachEngine } from './support/engines.ts';

/** Columns whose name says that they name a blob. CONTRIBUTING.md, "The database": such a column has such a name. */
const NAMES_A_BLOB = /sha256|digest|blob|oid/;

/** Columns with such a name that name no blob by themselves, each with the reason. */
const NO_BLOB_COLUMNS: Record<string, string> = {
  'image_contents.digest': 'the name under which clients pushed the blob that the column sha256 names',
  'image_blobs.digest': 'a link to a row of image_contents',
  'image_manifest_blobs.digest': 'a link to a row of image_blobs',
  'image_manifests.config_digest': 'one of the blobs in image_manifest_blobs',
  'lfs_links.oid': 'a link to a row of lfs_objects',
  'package_documents.blob_size': 'a size',
  'package_repository_documents.blob_size': 'a size',
};

const declared = new Set(BLOB_COLUMNS.map(({ table, column }) => `${table}.${column}`));

async function columnsOf(db: Db): Promise<{ table: string; column: string; type: string }[]> {
  const tables = await (db as unknown as Kysely<unknown>).introspection.getTables();
  return tables.flatMap(({ name, columns }) =>
    columns.map((column) => ({ table: name, column: column.name, type: column.dataType.toLowerCase() })),
  );
}

async function undeclared(db: Db): Promise<string[]> {
  return (await columnsOf(db))
    .filter(({ column }) => NAMES_A_BLOB.test(column))
    .map(({ table, column }) => `${table}.${column}`)
    .filter((name) => !declared.has(name) && !(name in NO_BLOB_COLUMNS));
}

onEachEngine('blob columns', (engine) => {
  describe('every column that names a blob is declared', () => {
    let scene: CollectionScene;
    beforeAll(async () => {
      scene = await collectionScene(engine);
    });

    test('by the names in the schema', async () => {
      expect(await undeclared(scene.db)).toEqual([]);
      const names = (await columnsOf(scene.db)).map(({ table, column }) => `${table}.${column}`);
      expect([...declared, ...Object.keys(NO_BLOB_COLUMNS)].filter((name) => !names.includes(name))).toEqual([]);
    });

    test('a table with a blob column that is not declared is found', async () => {
      await sql`create table artifacts (job_id bigint, sha256 text)`.execute(scene.db);
      expect(await undeclared(scene.db)).toEqual(['artifacts.sha256']);
      await sql`drop table artifacts`.execute(scene.db);
    });

    test('by the values in the rows: no other column holds the name of a blob', async () => {
      await scene.pushManifest('app', [await scene.pushBlob('app', 'a layer')], { tag: 'latest' });
      await scene.publish('one', 'a file');
      await scene.storeObject('an object');
      const blobs = scene.files().map((path) => path.slice(path.lastIndexOf('/') + 1));
      expect(blobs).toHaveLength(3);
      const found: string[] = [];
      for (const { table, column } of (await columnsOf(scene.db)).filter(({ type }) => type === 'text')) {
        const name = sql.ref(column);
        const { rows } =
          await sql`select 1 from ${sql.table(table)} where ${name} in (${sql.join(blobs)}) limit 1`.execute(scene.db);
        if (rows.length > 0) found.push(`${table}.${column}`);
      }
      const held = ['image_contents.sha256', 'lfs_links.oid', 'lfs_objects.oid', 'package_files.sha256'];
      expect(found.toSorted()).toEqual(held);
      expect(held.filter((column) => !declared.has(column) && !(column in NO_BLOB_COLUMNS))).toEqual([]);
    });
  });
});
