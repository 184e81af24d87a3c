import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { tarball } from '../../../test/support/npm-tarball.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { metadataOf, uploadForm, type WheelOptions, wheel, zip } from '../../../test/support/wheel.ts';
import { defined } from '../../lib/defined.ts';

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';
const HTML_TYPE = 'application/vnd.pypi.simple.v1+html';
const sha256 = (bytes: string | Uint8Array) => new Bun.CryptoHasher('sha256').update(bytes).digest('hex');

onEachApp('Python packages', (started) => {
  let app: TestApp;
  let base: string;
  let headers: Record<string, string>;
  let readOnly: Record<string, string>;
  beforeAll(async () => {
    app = await started;
    const project = await app.seed.project(await app.seed.group());
    base = `/api/v4/projects/${project.id}/packages/pypi`;
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const reader = await app.seed.deployToken(project, { scopes: ['read_package_registry'] });
    headers = { 'Deploy-Token': token.secret };
    readOnly = { 'Deploy-Token': reader.secret };
  });

  const send = (form: FormData) => app.fetch(base, { method: 'POST', headers, body: form });
  const publish = async (
    name: string,
    version: string,
    options: WheelOptions & { form?: Record<string, string> } = {},
  ) => {
    const made = wheel(name, version, options);
    const response = await send(uploadForm(name, version, made, options.form));
    expect([name, response.status]).toEqual([name, 201]);
    return made;
  };
  const get = (path: string, more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { headers: { ...headers, ...more } });
  const index = async (name: string) =>
    (await (await get(`simple/${name}/`, { Accept: JSON_TYPE })).json()) as SimpleIndex;

  test('a published wheel is in both documents, with its digests, its metadata and the URL of this server', async () => {
    const { file, bytes } = await publish('My_Pkg', '1.0.0', { requiresPython: '>=3.8,<4' });
    const digest = sha256(bytes);
    const url = `http://postern.test${base}/files/${digest}/${file}`;
    const core = sha256(metadataOf('My_Pkg', '1.0.0', { requiresPython: '>=3.8,<4' }));
    expect(await index('my-pkg')).toEqual({
      meta: { 'api-version': '1.3' },
      name: 'my-pkg',
      versions: ['1.0.0'],
      files: [
        {
          filename: file,
          url,
          size: bytes.length,
          yanked: false,
          'gpg-sig': false,
          hashes: { sha256: digest, md5: new Bun.CryptoHasher('md5').update(bytes).digest('hex') },
          'requires-python': '>=3.8,<4',
          'upload-time': '2026-03-01T12:00:00.000Z',
          'core-metadata': { sha256: core },
          'dist-info-metadata': { sha256: core },
        },
      ],
    });
    const page = await (await get('simple/my-pkg/')).text();
    expect(page).toStartWith('<!DOCTYPE html>');
    expect(page).toContain('<meta name="pypi:repository-version" content="1.3">');
    expect(page).toContain(
      `<a href="${url}#sha256=${digest}" data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256=${core}" data-dist-info-metadata="sha256=${core}">${file}</a>`,
    );
    const fetched = await get(`files/${digest}/${file}`);
    expect(Buffer.from(await fetched.arrayBuffer()).equals(bytes)).toBe(true);
    const metadata = await get(`files/${digest}/${file}.metadata`);
    expect(sha256(await metadata.text())).toBe(core);
    expect((await get(`files/${'0'.repeat(64)}/${file}`)).status).toBe(404);
    expect((await get(`files/${core}/${file}.metadata`)).status).toBe(404);
  });

  test('an index is found in every spelling of the name, with a slash or without, and never by a redirect', async () => {
    await publish('Some.Name_x', '1.0');
    for (const name of ['some-name-x', 'Some.Name_x', 'SOME--NAME.X'])
      for (const end of ['', '/']) expect([name, (await get(`simple/${name}${end}`)).status]).toEqual([name, 200]);
    await publish('some_name.X', '1.1');
    expect((await index('some-name-x')).versions).toEqual(['1.0', '1.1']);
    expect((await get('simple/some')).status).toBe(404);
  });

  test('the preferred representation is sent, and the page to clients that accept no known type', async () => {
    await publish('forms', '1.0');
    const page = 'text/html; charset=utf-8';
    const asked: [string | null, string][] = [
      [`${JSON_TYPE}, ${HTML_TYPE}; q=0.1, text/html; q=0.01`, JSON_TYPE],
      [`${JSON_TYPE};q=0.1, text/html`, page],
      [`${HTML_TYPE}, ${JSON_TYPE};q=0`, `${HTML_TYPE}; charset=utf-8`],
      ['application/vnd.pypi.simple.latest+json', JSON_TYPE],
      ['text/html', page],
      ['*/*', page],
      ['application/json', page],
      [`${JSON_TYPE};q=0`, page],
      [`text/html;q=0, ${JSON_TYPE};q=0.1, */*;q=0`, JSON_TYPE],
      [`*/*, ${JSON_TYPE}`, JSON_TYPE],
      ['', page],
    ];
    for (const path of ['simple', 'simple/forms']) {
      for (const [accept, type] of asked) {
        const response = await get(path, accept === null ? {} : { Accept: accept });
        expect([accept, response.headers.get('content-type')]).toEqual([accept, type]);
        expect(response.headers.get('vary')).toBe('Accept, Accept-Encoding');
      }
    }
  });

  test('the index is sent compressed to clients that accept gzip, and not at all to clients that have it', async () => {
    await publish('cached', '1.0');
    const zipped = await get('simple/cached/', { 'Accept-Encoding': 'gzip', Accept: JSON_TYPE });
    expect(zipped.headers.get('content-encoding')).toBe('gzip');
    const etag = zipped.headers.get('etag') ?? '';
    const again = await get('simple/cached/', { 'If-None-Match': etag, Accept: JSON_TYPE });
    expect(again.status).toBe(304);
    await publish('cached', '1.1');
    expect((await get('simple/cached/', { 'If-None-Match': etag, Accept: JSON_TYPE })).status).toBe(200);
  });

  test('reading an index generates nothing: it was generated when the package changed', async () => {
    await publish('made', '1.0');
    await app.services.packages.documents.settled();
    const kept = await app.db
      .selectFrom('package_documents as d')
      .innerJoin('packages as p', 'p.id', 'd.package_id')
      .select(['d.kind', 'd.revision', 'p.revision as now'])
      .where('p.name', '=', 'made')
      .orderBy('d.kind')
      .execute();
    expect(kept).toEqual([
      { kind: 'html', revision: 1, now: 1 },
      { kind: 'json', revision: 1, now: 1 },
    ]);
  });

  test('the index of all packages has each package once', async () => {
    await publish('In_Root', '1.0');
    await publish('in-root', '1.1');
    const json = (await (await get('simple/', { Accept: JSON_TYPE })).json()) as { projects: { name: string }[] };
    expect(json.projects.filter(({ name }) => name === 'in-root')).toHaveLength(1);
    const page = await (await get('simple')).text();
    expect(page).toContain(`<a href="http://postern.test${base}/simple/in-root/">In_Root</a>`);
  });

  test('a version may have several files; another file of one name is refused with the text that twine looks for', async () => {
    const made = await publish('several', '1.0');
    const same = await send(uploadForm('several', '1.0', made));
    expect([same.status, await same.json()]).toEqual([200, { message: '200 OK' }]);
    const again = await send(uploadForm('several', '1.0', wheel('several', '1.0', { says: 'other' })));
    expect([again.status, await again.json()]).toEqual([
      400,
      { message: '400 Bad request - Validation failed: File name has already been taken' },
    ]);
    const other = { ...made, file: 'several-1.0-1-py3-none-any.whl' };
    expect((await send(uploadForm('several', '1.0', other))).status).toBe(201);
    expect((await index('several')).files.map(({ filename }) => filename)).toEqual([made.file, other.file]);
  });

  test('a version is one in every spelling', async () => {
    await publish('rewritten', '1.0a1');
    const { bytes } = wheel('rewritten', '1.0a1');
    const form = uploadForm('rewritten', '1.0-Alpha-1', { file: 'rewritten-1.0a1-2-py3-none-any.whl', bytes });
    expect((await send(form)).status).toBe(201);
    expect((await index('rewritten')).versions).toEqual(['1.0a1']);
  });

  test('1.0 and 1.0.0 are one version, spelled as in its first file, under every spelling of the name', async () => {
    await publish('Same.Version', '1.0');
    const source = { file: 'same-version-1.0.0.tar.gz', bytes: await sourceOf('same-version', '1.0.0') };
    expect((await send(uploadForm('same-version', '1.0.0', source))).status).toBe(201);
    const built = { file: 'same_version-1-2-py3-none-any.whl', bytes: wheel('same_version', '1').bytes };
    expect((await send(uploadForm('same_version', '1.0', built))).status).toBe(201);
    const { versions, files } = await index('same-version');
    expect(versions).toEqual(['1.0']);
    const names = ['Same_Version-1.0-py3-none-any.whl', source.file, built.file];
    expect(files.map(({ filename }) => filename)).toEqual(names);
    const yank = await app.fetch(`${base}/same-version/1.0.0.0/yank`, { method: 'PUT', headers });
    expect(yank.status).toBe(200);
    expect((await index('same-version')).files.map(({ yanked }) => yanked)).toEqual([true, true, true]);
    await publish('same-version', '1.0.1');
    expect((await index('same-version')).versions).toEqual(['1.0', '1.0.1']);
  });

  test('of 1.0 and 1.0.0, which older releases stored as two versions, the exact spelling is yanked', async () => {
    await publish('of-old', '1.0');
    await publish('of-old', '2.0');
    await app.db
      .updateTable('package_versions')
      .set({ version: '1.0.0' })
      .where('version', '=', '2.0')
      .where('package_id', 'in', (db) => db.selectFrom('packages').select('id').where('name', '=', 'of-old'))
      .execute();
    expect((await app.fetch(`${base}/of-old/1.0.0/yank`, { method: 'PUT', headers })).status).toBe(200);
    expect((await index('of-old')).files.map(({ yanked }) => yanked)).toEqual([false, true]);
  });

  test('a file is not replaced by one of the same tags with another spelling of its name', async () => {
    await publish('Written.Once', '1.0');
    const taken = [
      wheel('written-once', '1.0'),
      wheel('written_once', '1.0.0'),
      { ...wheel('written_once', '1.0'), file: 'WRITTEN_ONCE-1.0-PY3-none-any.whl' },
    ];
    for (const made of taken) {
      const again = await send(uploadForm('written-once', '1.0', made));
      expect([made.file, again.status, await again.text()]).toEqual([made.file, 400, expect.stringContaining('taken')]);
    }
    expect((await index('written-once')).files).toHaveLength(1);
  });

  test('each file of a version has its own range of Python versions', async () => {
    await publish('pythons', '1.0', { requiresPython: '>=3.9' });
    const source = { file: 'pythons-1.0.tar.gz', bytes: await sourceOf('pythons', '1.0', '>=3.7') };
    // The archive decides, and the form where the archive has no range.
    expect((await send(uploadForm('pythons', '1.0', source, { requires_python: '>=3.8' }))).status).toBe(201);
    const silent = {
      file: 'pythons-1.0.zip',
      bytes: zip([{ name: 'pythons-1.0/PKG-INFO', content: metadataOf('pythons', '1.0') }]),
    };
    expect((await send(uploadForm('pythons', '1.0', silent, { requires_python: '>=3.6' }))).status).toBe(201);
    const any = { file: 'pythons-1.0-1-py3-none-any.whl', bytes: wheel('pythons', '1.0').bytes };
    expect((await send(uploadForm('pythons', '1.0', any))).status).toBe(201);
    const { files } = await index('pythons');
    expect(files.map((file) => file['requires-python'])).toEqual(['>=3.9', '>=3.7', '>=3.6', undefined]);
    const page = await (await get('simple/pythons/')).text();
    expect([...page.matchAll(/data-requires-python="[^"]*"/g)].map(([found]) => found)).toEqual(
      ['3.9', '3.7', '3.6'].map((version) => `data-requires-python="&gt;=${version}"`),
    );
  });

  test('a yanked version stays in the index with the reason; undoing it removes the mark', async () => {
    const made = await publish('yanked', '1.0.0');
    await publish('yanked', '1.1.0');
    const yank = (method: string, body?: string, version = '1.0.0', by = headers) =>
      app.fetch(`${base}/Yanked/${version}/yank`, { method, headers: by, ...defined({ body }) });
    expect((await yank('PUT', '{}', '1.0.0', readOnly)).status).toBe(403);
    expect((await yank('PUT', '{"reason": "<b>\\"broken\\"</b>"}', 'v1.0.0')).status).toBe(200);
    expect((await index('yanked')).files.map(({ yanked }) => yanked)).toEqual(['<b>"broken"</b>', false]);
    const page = await (await get('simple/yanked/')).text();
    expect(page).toContain('data-yanked="&lt;b&gt;&quot;broken&quot;&lt;/b&gt;"');
    expect((await get(`files/${sha256(made.bytes)}/${made.file}`)).status).toBe(200);
    expect((await yank('PUT')).status).toBe(200);
    expect((await index('yanked')).files.map(({ yanked }) => yanked)).toEqual([true, false]);
    expect(await (await get('simple/yanked/')).text()).toContain('data-yanked=""');
    expect((await yank('DELETE')).status).toBe(200);
    expect((await index('yanked')).files.map(({ yanked }) => yanked)).toEqual([false, false]);
    for (const body of ['{', '{"reason": 1}', `{"reason": "${'x'.repeat(1001)}"}`])
      expect((await yank('PUT', body)).status).toBe(400);
    expect((await yank('PUT', '{}', '9.9')).status).toBe(404);
  });

  test('a signature is stored and served, and unknown fields are ignored', async () => {
    const made = wheel('signed', '1.0');
    const form = uploadForm('signed', '1.0', made, { unheard_of: 'x' });
    form.append('gpg_signature', new File(['SIGNATURE'], `${made.file}.asc`));
    expect((await send(form)).status).toBe(201);
    const [file] = (await index('signed')).files;
    expect(file?.['gpg-sig']).toBe(true);
    expect(await (await get(`files/${sha256(made.bytes)}/${made.file}.asc`)).text()).toBe('SIGNATURE');
    expect(await (await get('simple/signed')).text()).toContain('data-gpg-sig="true"');
    const large = uploadForm('signed', '2.0', wheel('signed', '2.0'));
    large.append('gpg_signature', new File(['x'.repeat(70_000)], 'x.asc'));
    expect((await send(large)).status).toBe(400);
  });

  test('escaped slashes, dots and control characters in a path find nothing', async () => {
    await publish('there', '1.0');
    const paths = [
      'simple/..%2fthere',
      'simple/there%2f..',
      'simple/there%00',
      'files/%2e%2e/there',
      `files/${'a'.repeat(64)}/..%2f..%2fetc%2fpasswd`,
      `files/${'a'.repeat(64)}/x.whl%00.metadata`,
      'files/x/y',
      `files/${'a'.repeat(64)}/.metadata`,
      `simple/${'a'.repeat(5000)}`,
      `files/${'%25'.repeat(900)}/x`,
    ];
    for (const path of paths) {
      const { status } = await get(path);
      expect([path, status === 404 || status === 400]).toEqual([path, true]);
    }
  });
});

const sourceOf = (name: string, version: string, requiresPython?: string) =>
  tarball([
    {
      name: `${name}-${version}/PKG-INFO`,
      content: metadataOf(name, version, requiresPython === undefined ? {} : { requiresPython }),
    },
  ]);

interface SimpleIndex {
  meta: Record<string, string>;
  name: string;
  versions: string[];
  files: ({ filename: string; url: string; yanked: boolean | string } & Record<string, unknown>)[];
}
