import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';
import { defined } from '../src/lib/defined.ts';
import { connectDatabase, type DatabaseAddress, openDatabase } from '../src/store/db/database.ts';
import { migrate, readMigrationState } from '../src/store/db/migrate.ts';
import { MIGRATIONS } from '../src/store/db/migrations/index.ts';
import { startApp } from './support/app.ts';
import { createClient } from './support/client.ts';
import { onEachEngine } from './support/engines.ts';
import { freshPostgresUrl } from './support/postgres.ts';
import { rejectionOf, thrown } from './support/rejection.ts';
import { scratchFolder } from './support/scratch.ts';
import { ROOT } from './support/source-tree.ts';
import { uploadForm, wheel } from './support/wheel.ts';

onEachEngine('migrations', (engine) => {
  /** Runs a test on the address of a database that nobody has opened yet. */
  const withFreshDatabase = async (work: (address: DatabaseAddress) => Promise<void>) => {
    const folder = scratchFolder('postern-migrations-');
    try {
      const file = join(folder, 'postern.sqlite');
      await work(engine === 'sqlite' ? { engine, file } : { engine, url: await freshPostgresUrl() });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };

  test('a fresh database gets them all, and the second start none', () =>
    withFreshDatabase(async (address) => {
      await using database = await connectDatabase(address);
      const db = database.db as Kysely<unknown>;
      expect(await migrate(db, engine)).toEqual(Object.keys(MIGRATIONS));
      expect(await migrate(db, engine)).toEqual([]);
      expect(await readMigrationState(db)).toEqual({ pending: [], ahead: [], refused: [] });
    }));

  /** Adds a migration to the database as a newer program leaves it. */
  const applyNewer = async (db: Kysely<unknown>, name: string, kind: string | null) => {
    await sql`insert into kysely_migration (name, timestamp) values (${name}, 'now')`.execute(db);
    if (kind !== null) await sql`insert into migration_kinds (name, kind) values (${name}, ${kind})`.execute(db);
  };

  test('each migration is declared to expand or to contract, and the database says which', () =>
    withFreshDatabase(async (address) => {
      await using database = await openDatabase(address);
      const { rows } = await sql<{ name: string; kind: string }>`select name, kind from migration_kinds`.execute(
        database.db,
      );
      const declared = Object.entries(MIGRATIONS).map(([name, { kind }]) => ({ name, kind }));
      expect(rows.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(declared);
    }));

  for (const kind of ['contract', 'a kind of the future', null])
    test(`a database with an unknown migration of kind ${kind} is refused by its name, and stays as it was`, () =>
      withFreshDatabase(async (address) => {
        await using database = await openDatabase(address);
        const db = database.db as unknown as Kysely<unknown>;
        await applyNewer(db, '9998-adds', 'expand');
        await applyNewer(db, '9999-future', kind);
        const again = openDatabase(address);
        expect(await thrown(again)).toThrow('cannot run on 9999-future.');
        expect(await rejectionOf(again)).toMatchObject({ name: 'DatabaseTooNewError' });
        expect(await readMigrationState(db)).toEqual({ pending: [], ahead: ['9998-adds'], refused: ['9999-future'] });
      }));

  test('a database with an unknown expand migration is used', () =>
    withFreshDatabase(async (address) => {
      await using database = await openDatabase(address);
      const db = database.db as unknown as Kysely<unknown>;
      await applyNewer(db, '9999-future', 'expand');
      await using again = await openDatabase(address);
      expect(await migrate(db, engine)).toEqual([]);
      expect((await readMigrationState(again.db as unknown as Kysely<unknown>)).ahead).toEqual(['9999-future']);
    }));

  test('a program that lacks one migration and has another is refused', () =>
    withFreshDatabase(async (address) => {
      await using database = await openDatabase(address);
      const db = database.db as unknown as Kysely<unknown>;
      await applyNewer(db, '9999-future', 'expand');
      await sql`delete from kysely_migration where name = '0019-node-neutral-keys'`.execute(db);
      expect(await thrown(openDatabase(address))).toThrow(
        'has 9999-future, which this program does not know, and lacks 0019',
      );
    }));

  test('a start that is killed in the middle leaves nothing, and the next one does it all', () =>
    withFreshDatabase(async (address) => {
      // A migration that never ends, behind those that made tables already.
      const program = `
        import { openDatabase } from '${ROOT}/src/store/db/database.ts';
        import { MIGRATIONS } from '${ROOT}/src/store/db/migrations/index.ts';
        setInterval(() => {}, 1000);
        MIGRATIONS['9999-never-ends'] = { up: () => { console.log('in the middle'); return new Promise(() => {}); } };
        await openDatabase(${JSON.stringify(address)});`;
      const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' });
      const { value } = await child.stdout.getReader().read();
      expect(new TextDecoder().decode(value)).toBe('in the middle\n');
      child.kill('SIGKILL');
      await child.exited;
      const left = await connectDatabase(address);
      const tables = await (left.db as Kysely<unknown>).introspection.getTables({ withInternalKyselyTables: true });
      await left[Symbol.asyncDispose]();
      expect(tables.filter(({ name }) => !name.startsWith('sqlite_'))).toEqual([]);
      await using database = await openDatabase(address);
      expect(await readMigrationState(database.db as unknown as Kysely<unknown>)).toEqual({
        pending: [],
        ahead: [],
        refused: [],
      });
    }));

  test('the Python requirement of a release is moved to each of its files', async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    for (const [name, options] of Object.entries({ said: { requiresPython: '>=3.8' }, silent: {} })) {
      const body = uploadForm(name, '1.0', wheel(name, '1.0', options));
      const path = `/api/v4/projects/${project.id}/packages/pypi`;
      expect((await app.fetch(path, { method: 'POST', headers: { 'Deploy-Token': secret }, body })).status).toBe(201);
    }
    const files = () => app.db.selectFrom('package_files').select(['name', 'metadata']).orderBy('name').execute();
    const before = await files();
    expect(before.map(({ metadata }) => metadata)).toEqual(['{"requires_python":">=3.8"}', null, '{}', null]);
    const db = app.db as unknown as Kysely<unknown>;
    await db.schema.alterTable('package_files').dropColumn('metadata').execute();
    await MIGRATIONS['0015-file-metadata']?.up(db);
    const said = (await files()).map(({ metadata }) => JSON.parse(metadata ?? 'null'));
    expect(said).toEqual([{ requires_python: '>=3.8' }, null, null, null]);
  });

  test('the Python requirement of a file is found among other properties, and packages of other types are not read', async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const headers = { 'Deploy-Token': secret };
    const packages = `/api/v4/projects/${project.id}/packages`;
    const body = uploadForm('whole', '1.0', wheel('whole', '1.0', { requiresPython: '>=3.8' }));
    // Cut to what is kept of it, in the middle of a letter of two halves: which PostgreSQL does not take for JSON.
    body.append('description', `${'a'.repeat(3999)}\u{1f40d}`);
    expect((await app.fetch(`${packages}/pypi`, { method: 'POST', headers, body })).status).toBe(201);
    const file = `${packages}/generic/other/1.0/file`;
    expect((await app.fetch(file, { method: 'PUT', headers, body: 'bytes' })).status).toBe(201);
    const other = '{"description":"\\u0000","requires_python":">=2"}';
    await app.db.updateTable('package_versions').set({ metadata: other }).where('metadata', '=', '{}').execute();
    const db = app.db as unknown as Kysely<unknown>;
    await db.schema.alterTable('package_files').dropColumn('metadata').execute();
    await MIGRATIONS['0015-file-metadata']?.up(db);
    const files = await app.db
      .selectFrom('package_files')
      .select('metadata')
      .where('parent_id', 'is', null)
      .orderBy('id')
      .execute();
    expect(files).toEqual([{ metadata: '{"requires_python":">=3.8"}' }, { metadata: null }]);
  });

  test('the first user that is made by hand is an administrator', () =>
    withFreshDatabase(async (address) => {
      using client = createClient();
      const given = { POSTERN_DATA: client.path('data') };
      const env = address.engine === 'postgres' ? { ...given, POSTERN_DATABASE_URL: address.url } : given;
      const words = ['admin', 'create-user', '--username', 'ann', '--email', 'ann@example.com'];
      const create = (...more: string[]) =>
        client.run([process.execPath, join(ROOT, 'src/main.ts'), ...words, ...more], { env });
      const refused = await create();
      expect([refused.code, refused.stdout]).toEqual([1, '']);
      expect(refused.stderr).toMatch(/There are no users yet: .* --admin\.\n$|there is no database in .*\.\n$/);
      expect((await create('--admin')).code).toBe(0);
    }));

  test('of four programs that start at once on an empty database each does its work', () =>
    withFreshDatabase(async (address) => {
      using client = createClient();
      const names = ['ann', 'bob', 'cid', 'dee'];
      const stores = {
        POSTERN_DATA: client.path('data'),
        ...defined({ POSTERN_DATABASE_URL: address.engine === 'postgres' ? address.url : undefined }),
      };
      await Promise.all(
        names.map((name) => {
          const words = ['admin', 'create-user', '--admin', '--username', name, '--email', `${name}@example.com`];
          return client.ok([process.execPath, join(ROOT, 'src/main.ts'), ...words], { env: stores });
        }),
      );
      const file = client.path('data/postern.sqlite');
      await using database = await connectDatabase(address.engine === 'sqlite' ? { engine: 'sqlite', file } : address);
      const { rows } = await sql<{ username: string }>`select username from users order by username`.execute(
        database.db,
      );
      expect(rows.map(({ username }) => username)).toEqual(names);
      const keys = await sql`select id from signing_keys`.execute(database.db);
      expect(keys.rows).toHaveLength(1);
    }));
});
