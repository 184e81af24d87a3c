import { Database as BunDatabase } from 'bun:sqlite';
import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { type Db, inTransaction, openDatabase } from './database.ts';
import { prepared, preparedAppend, preparedInsert } from './prepared.ts';

onEachEngine('prepared queries', (engine) => {
  test('parameters go where they are used, in any order and more than once; the rest stays as it is', async () => {
    await using app = await startApp(engine);
    const first = await app.seed.group();
    const second = await app.seed.group();
    const query = prepared<{ id: number }, [string, number]>((db, path, id) =>
      db
        .selectFrom('namespaces')
        .select('id')
        .where((eb) => eb.or([eb('id', '=', id), eb('path', '=', path), eb('id', '=', id)]))
        .where('kind', '=', 'group')
        .orderBy('id')
        .limit(2),
    );
    const ids = async (path: string, id: number) => (await query(app.db, path, id)).map((row) => row.id);
    expect(await ids(second.path, first.id)).toEqual([first.id, second.id]);
    expect(await ids('not there', second.id)).toEqual([second.id]);
    expect(await ids(first.path, 0)).toEqual([first.id]);
  });

  test('a parameter that the query does not use is a mistake of ours', async () => {
    await using app = await startApp(engine);
    const query = prepared<{ id: number }, [string, string]>((db, path, _name) =>
      db.selectFrom('namespaces').select('id').where('path', '=', path),
    );
    expect(() => query(app.db, 'a', 'b')).toThrow('must use each of its parameters');
  });

  test('an insert is one within a transaction and without', async () => {
    await using app = await startApp(engine);
    const insert = preparedInsert('redirects', ['path_key', 'namespace_id']);
    const group = await app.seed.group();
    const row = (path: string) => ({ path_key: path, namespace_id: group.id });
    expect(await insert(app.db, row('alone'))).toMatchObject({ path_key: 'alone', project_id: null });
    await inTransaction(app.db, async (trx) => void (await insert(trx, row('together'))));
    const append = preparedAppend('redirects', ['path_key', 'namespace_id']);
    await append(app.db, row('unseen alone'));
    await inTransaction(app.db, (trx) => append(trx, row('unseen together')));
    const rows = await app.db.selectFrom('redirects').select('path_key').orderBy('path_key').execute();
    expect(rows.map((each) => each.path_key)).toEqual(['alone', 'together', 'unseen alone', 'unseen together']);
  });

  test('they wait for no transaction, and see what is committed; within one they see what it has written', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group();
    const query = prepared<{ name: string }, [number]>((db, id) =>
      db.selectFrom('namespaces').select('name').where('id', '=', id),
    );
    const nameIn = async (db: Db) => (await query(db, group.id))[0]?.name;
    const before = await nameIn(app.db);
    await inTransaction(app.db, async (trx) => {
      await trx.updateTable('namespaces').set({ name: 'Changed' }).where('id', '=', group.id).execute();
      expect(await nameIn(trx)).toBe('Changed');
      // SQLite answers before this returns, there too.
      expect(query(trx, group.id) instanceof Promise).toBe(engine === 'postgres');
      expect(await nameIn(app.db)).toBe(before);
    });
    expect(await nameIn(app.db)).toBe('Changed');
  });
});

test('on SQLite look-ups in one go see one instant, but always what this process wrote; the next go sees what others wrote', async () => {
  const folder = scratchFolder('postern-test-');
  try {
    const file = join(folder, 'postern.db');
    await using database = await openDatabase({ engine: 'sqlite', file });
    using other = new BunDatabase(file);
    other.run(`insert into namespaces (id, kind, name, path, description, lineage, visibility, created_at)
      values (1, 'group', 'First', 'first', '', '1/', 'private', 0)`);
    const query = prepared<{ name: string }, [number]>((db, id) =>
      db.selectFrom('namespaces').select('name').where('id', '=', id),
    );
    const name = async () => (await query(database.db, 1))[0]?.name;
    const rename = (to: string) => other.run('update namespaces set name = ?', [to]);
    const endOfGo = () => new Promise((resolve) => setImmediate(resolve));
    await endOfGo();

    expect(await name()).toBe('First');
    rename('Second');
    expect(await name()).toBe('First');
    await endOfGo();
    expect(await name()).toBe('Second');
    rename('Third');
    await endOfGo();
    expect(await name()).toBe('Third');
    expect(await name()).toBe('Third');
    await database.db.updateTable('namespaces').set({ name: 'Ours' }).execute();
    expect(await name()).toBe('Ours');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a database of SQLite that is closed answers none, and is not opened again for one', async () => {
  const folder = scratchFolder('postern-test-');
  try {
    const database = await openDatabase({ engine: 'sqlite', file: join(folder, 'postern.db') });
    const query = prepared<{ id: number }, [number]>((db, id) =>
      db.selectFrom('namespaces').select('id').where('id', '=', id),
    );
    const other = prepared<{ path: string }, [number]>((db, id) =>
      db.selectFrom('namespaces').select('path').where('id', '=', id),
    );
    expect(await query(database.db, 1)).toEqual([]);
    await database[Symbol.asyncDispose]();
    expect(() => query(database.db, 1)).toThrow('The database is closed.');
    expect(() => other(database.db, 1)).toThrow('The database is closed.');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
