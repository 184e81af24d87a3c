import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { npmTarball, publication, tarball } from '../../../test/support/npm-tarball.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { defined } from '../../lib/defined.ts';
import { MAX_MANIFEST, MAX_README } from './format.ts';

const WRITE = ['write_package_registry'];
const INSTALL = { Accept: 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*' };

onEachApp('npm packages', (started) => {
  let app: TestApp;
  let base: string;
  let project: { id: number; full_path: string };
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await started;
    const owner = await app.seed.project(await app.seed.group());
    project = owner;
    const token = await app.seed.deployToken(owner, { scopes: WRITE });
    base = `/api/v4/projects/${owner.id}/packages/npm`;
    headers = { Authorization: `Bearer ${token.secret}` };
  });

  const send = (method: string, path: string, body?: unknown, more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, {
      method,
      headers: { ...headers, 'Content-Type': 'application/json', ...more },
      ...defined({ body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  const get = (path: string, more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { headers: { ...headers, ...more } });
  const document = async (path: string, more: Record<string, string> = {}) =>
    (await (await get(path, more)).json()) as Packument;
  const publish = async (manifest: Manifest, options: { tag?: string; file?: string } = {}) => {
    const bytes = await npmTarball(manifest);
    return send('PUT', manifest.name.replace('/', '%2f'), publication(manifest, bytes, options));
  };

  test('a published version is in both documents, with the URL of this server for its file', async () => {
    const manifest = {
      name: '@s/full',
      version: '1.0.0',
      description: 'words',
      dependencies: { a: '^1.0.0' },
      bin: { x: 'x.js' },
      scripts: { postinstall: 'x' },
      license: 'MIT',
      exports: { '.': './x.js' },
    };
    expect((await publish(manifest)).status).toBe(200);
    const full = await document('@s%2ffull');
    const tarballUrl = `http://postern.test${base}/@s/full/-/@s/full-1.0.0.tgz`;
    expect(full).toMatchObject({
      _id: '@s/full',
      name: '@s/full',
      description: 'words',
      license: 'MIT',
      readme: '# @s/full',
      'dist-tags': { latest: '1.0.0' },
      time: {
        created: '2026-03-01T12:00:00.000Z',
        modified: '2026-03-01T12:00:00.000Z',
        '1.0.0': '2026-03-01T12:00:00.000Z',
      },
    });
    expect(full.versions['1.0.0']).toMatchObject({
      scripts: { postinstall: 'x' },
      hasInstallScript: true,
      exports: { '.': './x.js' },
      dist: { tarball: tarballUrl },
    });
    expect(full.versions['1.0.0']).not.toHaveProperty('readme');
    const response = await get('@s/full', INSTALL);
    expect(response.headers.get('content-type')).toBe('application/vnd.npm.install-v1+json');
    const short = (await response.json()) as Packument;
    expect(Object.keys(short).sort()).toEqual(['dist-tags', 'modified', 'name', 'versions']);
    expect(short.versions['1.0.0']).not.toHaveProperty('scripts');
    expect(short.versions['1.0.0']).toMatchObject({ bin: { x: 'x.js' }, dependencies: { a: '^1.0.0' } });
    const refused = { Accept: 'application/vnd.npm.install-v1+json;q=0, application/json' };
    expect((await get('@s/full', refused)).headers.get('content-type')).toBe('application/json');
  });

  test('a trailing slash in a URL is ignored', async () => {
    for (const name of ['ends', '@s/ends']) {
      const path = name.replace('/', '%2f');
      const manifest = { name, version: '1.0.0' };
      expect((await send('PUT', `${path}/`, publication(manifest, await npmTarball(manifest)))).status).toBe(200);
      for (const each of [`${path}/`, `${name}/`, `-/package/${path}/dist-tags/`, `${name}/-/${name}-1.0.0.tgz/`])
        expect([each, (await get(each)).status]).toEqual([each, 200]);
      expect((await get(`${path}//`)).status).toBe(404);
    }
  });

  test('one version is read by its number or a tag', async () => {
    for (const name of ['alone', '@s/alone', '@s/alone-too']) {
      await publish({ name, version: '1.0.0' });
      await publish({ name, version: '1.1.0-rc.1' }, { tag: 'next' });
      const { versions } = await document(name);
      for (const path of name.startsWith('@') ? [name, name.replace('/', '%2f'), name.replace('/', '%2F')] : [name])
        for (const [wanted, version] of [
          ['1.0.0', '1.0.0'],
          ['latest', '1.0.0'],
          ['next', '1.1.0-rc.1'],
        ] as const) {
          const alone = await get(`${path}/${wanted}`);
          expect([path, wanted, alone.status, await alone.json()]).toEqual([path, wanted, 200, versions[version]]);
        }
      for (const missing of ['9.0.0', 'nope', 'constructor'])
        expect([missing, (await get(`${name.replace('/', '%2f')}/${missing}`)).status]).toEqual([missing, 404]);
    }
    expect((await get('@s%2fnothing/1.0.0')).status).toBe(404);
  });

  test('a package may have the name of an endpoint', async () => {
    expect((await publish({ name: 'package_files', version: '1.0.0' })).status).toBe(200);
    expect(Object.keys((await document('package_files')).versions)).toEqual(['1.0.0']);
  });

  test('a package and its file are found with an escaped or a plain slash', async () => {
    await publish({ name: '@s/slash', version: '1.0.0' });
    for (const path of ['@s%2fslash', '@s%2Fslash', '@s/slash', '%40s%2fslash'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    for (const path of [
      '@s/slash/-/@s/slash-1.0.0.tgz',
      '@s%2fslash/-/slash-1.0.0.tgz',
      '@s%2fslash/-/@s%2fslash-1.0.0.tgz',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    expect((await get('@s/slash/-/slash-1.0.1.tgz')).status).toBe(404);
    expect((await get('@s/slash/-/other-1.0.0.tgz')).status).toBe(404);
  });

  test('the document is sent compressed to clients that accept gzip, and not at all to clients that have it', async () => {
    await publish({ name: 'cached', version: '1.0.0' });
    const zipped = await get('cached', { 'Accept-Encoding': 'gzip, br' });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    const text = Buffer.from(Bun.gunzipSync(await zipped.arrayBuffer())).toString();
    const plain = await get('cached', { 'Accept-Encoding': 'gzip;q=0' });
    expect([plain.headers.get('content-encoding'), await plain.text()]).toEqual([null, text]);
    const etag = zipped.headers.get('etag') ?? '';
    expect((await get('cached', { 'If-None-Match': etag })).status).toBe(304);
    await publish({ name: 'cached', version: '1.0.1' });
    const changed = await get('cached', { 'If-None-Match': etag });
    expect([changed.status, changed.headers.get('etag') !== etag]).toEqual([200, true]);
  });

  test('npm caches a large document and reads a small one each time', async () => {
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(20_000))).toString('base64');
    await publish({ name: 'read-again', version: '1.0.0' });
    await publish({ name: 'kept', version: '1.0.0', funding: random });
    const kept = async (path: string, more = {}) => (await get(path, more)).headers.get('cache-control');
    for (const document of [INSTALL, {}]) {
      expect(await kept('read-again', document)).toBe('no-store');
      expect(await kept('kept', document)).toBe('private, max-age=0, must-revalidate');
    }
  });

  test('reading a document generates nothing: it was generated when the package changed', async () => {
    await publish({ name: 'made', version: '1.0.0' });
    await app.services.packages.documents.settled();
    const kept = await app.db
      .selectFrom('package_documents as d')
      .innerJoin('packages as p', 'p.id', 'd.package_id')
      .select(['d.kind', 'd.revision', 'p.revision as now'])
      .where('p.name', '=', 'made')
      .orderBy('d.kind')
      .execute();
    expect(kept).toEqual([
      { kind: 'abbreviated', revision: 1, now: 1 },
      { kind: 'full', revision: 1, now: 1 },
    ]);
  });

  test('there is always a latest: the highest release, until the tag is set', async () => {
    await publish({ name: 'tagged', version: '2.0.0-rc.1' }, { tag: 'next' });
    expect((await document('tagged'))['dist-tags']).toEqual({ latest: '2.0.0-rc.1', next: '2.0.0-rc.1' });
    await publish({ name: 'tagged', version: '1.9.0' }, { tag: 'old' });
    await publish({ name: 'tagged', version: '1.10.0' }, { tag: 'old' });
    expect((await document('tagged'))['dist-tags']).toEqual({ latest: '1.10.0', next: '2.0.0-rc.1', old: '1.10.0' });
    await publish({ name: 'tagged', version: '1.8.1' });
    expect((await document('tagged'))['dist-tags']).toMatchObject({ latest: '1.8.1' });
  });

  test('a tag may have each character that npm accepts, unless it looks like a range', async () => {
    await publish({ name: 'odd-tags', version: '1.0.0' }, { tag: "it's~(new)!*" });
    for (const tag of ["a~!*'()_.-", '_x'])
      expect([tag, (await send('PUT', `-/package/odd-tags/dist-tags/${tag}`, '"1.0.0"')).status]).toEqual([tag, 204]);
    const tags = { latest: '1.0.0', "it's~(new)!*": '1.0.0', "a~!*'()_.-": '1.0.0', _x: '1.0.0' };
    expect(await (await get('-/package/odd-tags/dist-tags')).json()).toEqual(tags);
    expect((await send('DELETE', "-/package/odd-tags/dist-tags/a~!*'()_.-")).status).toBe(204);
    for (const tag of ['*', '~1', 'x', '1.x', '^1', 'a%20b', 'a%2fb', 'ü'])
      expect([tag, (await send('PUT', `-/package/odd-tags/dist-tags/${tag}`, '"1.0.0"')).status]).toEqual([tag, 400]);
  });

  test('A280 dist-tags are listed, set and removed', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish({ name: '@s/tags', version });
    const path = '-/package/@s%2ftags/dist-tags';
    expect(await (await get(path)).json()).toEqual({ latest: '1.1.0' });
    expect((await send('PUT', `${path}/beta`, '"1.0.0"')).status).toBe(204);
    expect((await send('PUT', `${path}/plain`, '1.0.0')).status).toBe(204);
    expect(await (await get(path)).json()).toEqual({ latest: '1.1.0', beta: '1.0.0', plain: '1.0.0' });
    expect((await document('@s%2ftags'))['dist-tags']).toMatchObject({ beta: '1.0.0' });
    expect((await send('PUT', `${path}/gamma`, '"9.9.9"')).status).toBe(404);
    expect((await send('PUT', `${path}/1.0.0`, '"1.0.0"')).status).toBe(400);
    expect((await send('DELETE', `${path}/beta`)).status).toBe(204);
    expect((await send('DELETE', `${path}/beta`)).status).toBe(404);
    expect(await (await get(path)).json()).toEqual({ latest: '1.1.0', plain: '1.0.0' });
  });

  test('deprecation changes only the message, with npm and without its header', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish({ name: 'old', version });
    const whole = await document('old?write=true');
    const change = (message: string) => {
      const first = { ...whole.versions['1.0.0'], deprecated: message, license: 'changed' };
      return { ...whole, versions: { ...whole.versions, '1.0.0': first, '7.0.0': { name: 'old' } } };
    };
    expect((await send('PUT', 'old', change('use new'), { 'npm-command': 'deprecate' })).status).toBe(200);
    const after = await document('old');
    expect(Object.keys(after.versions)).toEqual(['1.0.0', '1.1.0']);
    expect([after.versions['1.0.0']?.['deprecated'], after.versions['1.0.0']?.['license']]).toEqual([
      'use new',
      undefined,
    ]);
    expect((await document('old', INSTALL)).versions['1.0.0']?.['deprecated']).toBe('use new');
    // From any other client a version that does not exist is a publication without its file.
    expect((await send('PUT', 'old', change(''))).status).toBe(400);
    expect((await document('old')).versions['1.0.0']).toHaveProperty('deprecated', 'use new');
    const { '7.0.0': unknown, ...known } = change('').versions;
    expect((await send('PUT', 'old', { ...whole, versions: known })).status).toBe(200);
    expect((await document('old')).versions['1.0.0']).not.toHaveProperty('deprecated');
  });

  test('A296 unpublishing takes one version, or all; a developer may not', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0']) await publish({ name: 'gone', version });
    const whole = await document('gone?write=true');
    const { '1.1.0': removed, ...kept } = whole.versions;
    const developer = await app.seed.member(project as never, 'developer');
    const asDeveloper = await app.fetch(`${base}/gone/-rev/1`, {
      method: 'DELETE',
      headers: { 'PRIVATE-TOKEN': developer.token },
    });
    expect(asDeveloper.status).toBe(403);
    expect((await send('PUT', `gone/-rev/${whole._rev}`, { ...whole, versions: kept })).status).toBe(200);
    const path = new URL(String(removed?.dist.tarball)).pathname.slice(base.length + 1);
    expect((await send('DELETE', `${path}/-rev/${whole._rev}`)).status).toBe(200);
    expect((await send('DELETE', 'gone/-/other-1.0.0.tgz/-rev/1-1')).status).toBe(404);
    expect(Object.keys((await document('gone')).versions)).toEqual(['1.0.0', '1.2.0']);
    expect((await get(path)).status).toBe(404);
    const { _rev } = await document('gone');
    expect((await send('DELETE', `gone/-rev/${_rev}`)).status).toBe(200);
    expect((await get('gone')).status).toBe(404);
    const events = await app.services.audit.list(
      { entityKind: 'Project', entityId: project.id },
      { page: 1, perPage: 100 },
    );
    const deleted = events.items.filter(({ action }) => action === 'package_registry_package_deleted');
    expect(deleted.map(({ target }) => target.name).sort()).toEqual(['gone/1.0.0', 'gone/1.1.0', 'gone/1.2.0']);
  });

  test('unpublishing is refused to a client that has not read the newest version, and deletes nothing', async () => {
    for (const version of ['1.0.0', '1.1.0']) await publish({ name: 'busy', version });
    const seen = await document('busy?write=true');
    await publish({ name: 'busy', version: '1.2.0' });
    const { '1.1.0': _, ...kept } = seen.versions;
    for (const [method, body] of [['PUT', { ...seen, versions: kept }], ['DELETE']] as const) {
      const stale = await send(method, `busy/-rev/${seen._rev}`, body);
      expect([stale.status, await stale.text()]).toEqual([409, expect.stringContaining('changed since it was read')]);
    }
    expect(Object.keys((await document('busy')).versions)).toEqual(['1.0.0', '1.1.0', '1.2.0']);
  });

  test('an invalid bearer token gets a challenge of its own: for a Basic challenge npm would ask for a password', async () => {
    const ask = async (authorization?: string) => {
      const sent = authorization === undefined ? {} : { Authorization: authorization };
      const { status, headers } = await app.fetch(`${base}/any`, { headers: sent });
      return [status, headers.get('www-authenticate')];
    };
    const basic = 'Basic realm="GitLab Packages Registry"';
    const bearer = `Bearer realm="GitLab Packages Registry", error="invalid_token", error_description="The user name, password or token is wrong, or the token is expired or revoked."`;
    expect(await ask(`Bearer gldt-${'0'.repeat(36)}`)).toEqual([401, bearer]);
    expect(await ask('Bearer nonsense')).toEqual([401, bearer]);
    expect(await ask(`Basic ${btoa('x:nonsense')}`)).toEqual([401, basic]);
    expect(await ask()).toEqual([401, basic]);
  });

  test('A284 an audit is answered without advisories', async () => {
    const bulk = await send('POST', '-/npm/v1/security/advisories/bulk', { a: ['1.0.0'] });
    expect([bulk.status, await bulk.json()]).toEqual([200, []]);
    const quick = await send('POST', '-/npm/v1/security/audits/quick', {});
    expect([quick.status, await quick.json()]).toMatchObject([200, { metadata: { totalDependencies: 0 } }]);
  });

  test('ping, whoami and search', async () => {
    expect(await (await get('-/ping')).json()).toEqual({});
    expect(await (await get('-/whoami')).json()).toEqual({
      username: expect.stringMatching(/^gitlab\+deploy-token-\d+$/),
    });
    await publish({ name: '@s/needle', version: '1.0.0', description: 'sharp' });
    await publish({ name: '@s/needle', version: '1.1.0', description: 'sharper' });
    const found = await (await get('-/v1/search?text=NEEDLE&size=5')).json();
    expect(found).toMatchObject({
      total: 1,
      objects: [{ package: { name: '@s/needle', version: '1.1.0', description: 'sharper', maintainers: [] } }],
    });
    expect(await (await get('-/v1/search?text=%25')).json()).toMatchObject({ total: 0 });
  });

  test('a package.json of more than 256 KiB is refused with its size; the README does not count', async () => {
    const manifest = { name: 'large', version: '1.0.0', readme: 'x'.repeat(4 * MAX_README) };
    const sized = async (keywords: string) =>
      send('PUT', 'large', publication({ ...manifest, keywords: [keywords] }, await npmTarball(manifest)));
    const refused = await sized('ü'.repeat(MAX_MANIFEST / 2));
    expect([refused.status, await refused.json()]).toEqual([
      400,
      expect.objectContaining({ error: expect.stringMatching(/too large: 262\d{3} bytes .*at most 262144 bytes/) }),
    ]);
    expect((await get('large')).status).toBe(404);
    expect((await sized('x'.repeat(MAX_MANIFEST - 1000))).status).toBe(200);
    expect((await document('large')).readme).toHaveLength(MAX_README);
  });

  test('a body that is declared as gzip and is not is refused', async () => {
    const answer = await send('PUT', 'zipped', 'no gzip', { 'Content-Encoding': 'GZip' });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('The body is not gzip')]);
  });

  test('a publication whose digests or length differ from its file is refused, and nothing is published', async () => {
    const manifest = { name: 'liar', version: '1.0.0' };
    const bytes = await npmTarball(manifest);
    const good = publication(manifest, bytes);
    const other = publication(manifest, await npmTarball(manifest, 'other'));
    const version = good.versions['1.0.0'];
    const attachment = good._attachments['liar-1.0.0.tgz'];
    const lies: [string, unknown][] = [
      ['Version is empty.', { ...good, versions: {} }],
      ['liar-1.0.0.tgz is expected', { ...good, _attachments: {} }],
      ['liar-1.0.0.tgz is expected', publication(manifest, bytes, { file: 'liar-1.0.0.tar' })],
      ['SHA-1', { ...good, versions: { '1.0.0': { ...version, dist: { shasum: 'f'.repeat(40) } } } }],
      ['SHA-512', { ...good, versions: { '1.0.0': { ...version, dist: { integrity: 'sha512-xxxx' } } } }],
      ['SHA-1', { ...good, _attachments: other._attachments }],
      ['does not have the length', { ...good, _attachments: { 'liar-1.0.0.tgz': { ...attachment, length: 3 } } }],
      ['must be equal', { ...good, name: 'other' }],
      ['must be equal', { ...good, versions: { '1.0.0': { ...version, version: '1.0.1' } } }],
      ['Tag is invalid', { ...good, 'dist-tags': { '^1.0.0': '1.0.0' } }],
      ['holds other@1.0.0', publication(manifest, await npmTarball({ ...manifest, name: 'other' }))],
      ['no package.json', publication(manifest, await tarball([{ name: 'package/index.js' }]))],
      ...(await Promise.all(
        [
          ['package/package.json', 'package/package.json'],
          ['a/package.json', 'package/package.json'],
          ['package/package.json', 'package/./package.json'],
          ['package/package.json', 'package/PACKAGE.json'],
        ].map(async (names): Promise<[string, unknown]> => {
          const contents = [manifest, { ...manifest, name: 'evil' }].map((each) => JSON.stringify(each));
          const entries = names.map((name, i) => ({ name, content: contents[i] ?? '' }));
          return ['two package.json', publication(manifest, await tarball(entries))];
        }),
      )),
      ['Version is invalid', publication({ name: 'liar', version: '1.0.0\n' }, bytes)],
      ['not a whole tar', publication(manifest, Buffer.from('no archive'))],
      ['leads out', publication(manifest, await tarball([{ name: 'package/../../x' }]))],
    ];
    for (const [words, body] of lies) {
      const response = await send('PUT', 'liar', body);
      const { error } = (await response.json()) as { error: string };
      expect([words, response.status >= 400 && response.status < 500, error.includes(words)]).toEqual([
        words,
        true,
        true,
      ]);
    }
    expect((await get('liar')).status).toBe(404);
  });
});

type Manifest = { name: string; version: string } & Record<string, unknown>;
interface Packument {
  _rev: string;
  readme: string;
  'dist-tags': Record<string, string>;
  versions: Record<string, Manifest & { dist: Record<string, unknown> }>;
}
