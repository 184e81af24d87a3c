import { expect, test } from 'bun:test';
import { DOCUMENT_FORMAT } from '../../src/domain/packages/document-store.ts';
import { sha256Hex } from '../../src/lib/digest.ts';
import { insertVersionProperties } from '../../src/store/tables/indexed-properties.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { expectFile } from '../support/snapshot.ts';
import { npm } from './package-samples/npm.ts';
import { pypi } from './package-samples/pypi.ts';
import { ask } from './package-samples/sample.ts';

for (const sample of [npm, pypi]) {
  onEachEngine(`documents of packages: ${sample.type}`, (engine) => {
    test('the documents written with the first version equal those made from the database', async () => {
      await using app = await startApp(engine);
      const project = await app.seed.project(await app.seed.group());
      const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
      const headers = { Authorization: `Bearer ${secret}` };
      const what = { project: project.id, name: 'first', version: '1.0.0', content: 'one' };
      const documents = () => app.db.selectFrom('package_documents').select(['kind', 'etag']).orderBy('kind').execute();
      const read = async () => {
        const answers = sample.reads(what).map((path) => app.fetch(`/api/v4${path}`, { headers }));
        return Promise.all(answers.map(async (answer) => (await answer).text()));
      };
      expect((await ask(app, sample.publish(what), headers)).ok).toBe(true);
      const written = await documents();
      const shown = await read();
      await app.db.deleteFrom('package_documents').execute();
      expect(await read()).toEqual(shown);
      await app.services.packages.documents.settled();
      const made = await documents();
      expect(made.length).toBeGreaterThan(0);
      expect(written).toEqual(made);
    });
  });
}

const AT = Date.parse('2026-03-01T12:00:00Z');

/** A package as rows of the database: its documents are the same each time. */
async function insertPackage(app: TestApp, project_id: number, { type, name, properties = {}, versions }: Inserted) {
  const { id } = await app.db
    .insertInto('packages')
    .values({ project_id, type, name, name_key: name, revision: 1, created_at: AT, updated_at: AT })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const [key, value] of Object.entries(properties))
    await app.db.insertInto('package_properties').values({ package_id: id, name: key, value }).execute();
  for (const { version, said = {}, files } of versions) {
    const row = { package_id: id, version, status: 'default', metadata: JSON.stringify(said), created_at: AT } as const;
    const inserted = await app.db.insertInto('package_versions').values(row).returning('id').executeTakeFirstOrThrow();
    if ('yanked' in said)
      await insertVersionProperties(app.db, { id: inserted.id, package_id: id }, [['yanked', 'true']]);
    let before: number | null = null;
    for (const file of files) {
      const digests = { sha256: 'a1'.repeat(32), md5: 'b2'.repeat(16), size: 10 };
      const metadata = file.endsWith('.whl') ? '{"requires_python":">=3.8"}' : null;
      const parent_id: number | null = file.endsWith('.metadata') ? before : null;
      const { id: fileId }: { id: number } = await app.db
        .insertInto('package_files')
        .values({ version_id: inserted.id, parent_id, name: file, ...digests, created_at: AT, metadata })
        .returning('id')
        .executeTakeFirstOrThrow();
      before = fileId;
    }
  }
}

interface Inserted {
  type: string;
  name: string;
  properties?: Record<string, string>;
  versions: { version: string; said?: Record<string, unknown>; files: string[] }[];
}

const npmSaid = (version: string, more: Record<string, unknown> = {}) => ({
  name: 'core',
  version,
  description: '<b>words</b>',
  dependencies: { a: '^1.0.0' },
  scripts: { test: 'x' },
  dist: { shasum: 'c3'.repeat(20), integrity: 'sha512-x' },
  ...more,
});

const PACKAGES: readonly Inserted[] = [
  {
    type: 'npm',
    name: 'core',
    properties: { 'tag:latest': '1.0.0', 'tag:gone': '0.1.0', readme: '# core' },
    versions: [
      { version: '1.0.0', said: npmSaid('1.0.0'), files: ['core-1.0.0.tgz'] },
      { version: '2.0.0-rc.1', said: npmSaid('2.0.0-rc.1', { deprecated: 'early' }), files: ['core-2.0.0-rc.1.tgz'] },
    ],
  },
  {
    type: 'pypi',
    name: 'core',
    versions: [
      { version: '1.0', files: ['core-1.0-py3-none-any.whl', 'core-1.0-py3-none-any.whl.metadata'] },
      { version: '2.0', said: { yanked: 'a "hole"' }, files: ['core-2.0.tar.gz'] },
    ],
  },
  {
    type: 'maven',
    name: 'com/example/core',
    properties: { 'plugin:core': '{"name":"Core","prefix":"core"}' },
    versions: [
      { version: '1.0', files: ['core-1.0.jar'] },
      { version: '1.1-SNAPSHOT', files: ['core-1.1-20260101.101010-1.jar', 'core-1.1-20260101.101010-1-sources.jar'] },
    ],
  },
];

const DOCUMENTS: readonly (readonly [path: string, accept: string])[] = [
  ['npm/core', 'application/json'],
  ['npm/core', 'application/vnd.npm.install-v1+json'],
  ['pypi/simple/core', 'text/html'],
  ['pypi/simple/core', 'application/vnd.pypi.simple.v1+json'],
  ['maven/com/example/core/maven-metadata.xml', '*/*'],
  ['maven/com/example/core/1.1-SNAPSHOT/maven-metadata.xml', '*/*'],
];

onEachEngine('documents in an older format', (engine) => {
  test('are made again: a change of the documents of a type requires a new format number', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const { secret } = await app.seed.deployToken(group, { scopes: ['read_package_registry'] });
    for (const each of PACKAGES) await insertPackage(app, project.id, each);
    const read = async ([path, Accept]: (typeof DOCUMENTS)[number]) => {
      const answer = await app.fetch(`/api/v4/projects/${project.id}/packages/${path}`, {
        headers: { 'Deploy-Token': secret, Accept },
      });
      return `\n${path} as ${Accept}\n${(await answer.text()).trimEnd()}\n`;
    };
    const readAll = async () => (await Promise.all(DOCUMENTS.map(read))).join('');
    const head = `Format ${DOCUMENT_FORMAT}: increment DOCUMENT_FORMAT when anything below changes.\n`;
    const made = await readAll();
    await expectFile('test/snapshots/package-documents.txt', head + made);

    const old = { etag: 'old', body: Bun.gzipSync('old') };
    await app.db.updateTable('package_documents').set(old).execute();
    expect(await readAll()).not.toContain('core-1.0');
    for (const { package_id, kind, base } of await app.db.selectFrom('package_documents').selectAll().execute())
      await app.db
        .updateTable('package_documents')
        .set({ base: base.replace(`${DOCUMENT_FORMAT} `, '') })
        .where('package_id', '=', package_id)
        .where('kind', '=', kind)
        .execute();
    expect(await readAll()).toBe(made);

    // Documents of several packages below a group are made when they are read; clients may have one in an older format.
    const beside = await app.seed.project(group);
    for (const each of PACKAGES) await insertPackage(app, beside.id, each);
    for (const [type, path, kind] of [
      ['npm', 'npm/core', 'full'],
      ['pypi', 'pypi/simple/core', 'html'],
    ] as const) {
      const all = app.db.selectFrom('packages').select(['id', 'revision', 'updated_at']).where('type', '=', type);
      const rows = await all.orderBy('id', 'desc').execute();
      const state = [
        DOCUMENT_FORMAT,
        'http://postern.test',
        kind,
        rows.map(({ id, revision, updated_at }) => [id, revision, updated_at]),
      ];
      const answer = await app.fetch(`/api/v4/groups/${group.id}/-/packages/${path}`, {
        headers: { 'Deploy-Token': secret },
      });
      expect([path, answer.headers.get('etag')]).toEqual([path, `W/"${sha256Hex(JSON.stringify(state))}"`]);
    }
  });
});
