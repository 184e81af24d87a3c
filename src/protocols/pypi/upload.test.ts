import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { tarball } from '../../../test/support/npm-tarball.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { metadataOf, uploadForm, wheel, type ZipEntry, zip } from '../../../test/support/wheel.ts';

onEachApp('uploads of Python packages', (started) => {
  let app: TestApp;
  let base: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await started;
    const project = await app.seed.project(await app.seed.group());
    base = `/api/v4/projects/${project.id}/packages/pypi`;
    headers = { 'Deploy-Token': (await app.seed.deployToken(project, { scopes: ['write_package_registry'] })).secret };
  });

  const send = (body: FormData | string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
    app.fetch(base, { method: 'POST', headers: { ...headers, ...more }, body });
  const refused = async (response: Response, words: string) => {
    const { message } = (await response.json()) as { message: string };
    expect([words, response.status, message.includes(words) || message]).toEqual([words, 400, true]);
  };
  const file = 'liar-1.0-py3-none-any.whl';
  const holding = (...entries: ZipEntry[]) => uploadForm('liar', '1.0', { file, bytes: zip(entries) });
  const metadata = (text: string): ZipEntry => ({ name: 'liar-1.0.dist-info/METADATA', content: text });
  const nothingThere = async () => {
    const found = await app.db.selectFrom('packages').select('id').where('name_key', '=', 'liar').execute();
    expect(found).toEqual([]);
  };

  test('a form whose fields differ from its file is refused, and nothing is published', async () => {
    const good = wheel('liar', '1.0');
    const said = (more: Record<string, string>, made = good) => uploadForm('liar', '1.0', made, more);
    const lies: [string, FormData][] = [
      ['The MD5 of the file differs', said({ md5_digest: 'f'.repeat(32) })],
      ['The SHA-256 of the file differs', said({ sha256_digest: 'f'.repeat(64) })],
      ['The BLAKE2 of the file differs', said({ blake2_256_digest: 'f'.repeat(64) })],
      ['is not a sdist', said({ filetype: 'sdist' })],
      [':action is invalid', said({ ':action': 'submit' })],
      ['name is missing', said({ name: '' })],
      ['version is missing', said({ version: '' })],
      ['Version is invalid', said({ version: 'latest' })],
      ['not one of other 1.0', said({ name: 'other' })],
      ['not one of liar 1.1', said({ version: '1.1' })],
      ['Required python is invalid', said({ requires_python: '"><script>' })],
      ['File name is invalid', said({}, { ...good, file: 'liar-1.0.egg' })],
      ['File name is invalid', said({}, { ...good, file: '../liar-1.0-py3-none-any.whl' })],
    ];
    for (const [words, form] of lies) await refused(await send(form), words);
    await nothingThere();
  });

  test('a wheel must hold the published package', async () => {
    const lies: [string, FormData][] = [
      ['holds other 1.0, not liar 1.0', holding(metadata(metadataOf('other', '1.0')))],
      ['holds liar 1.1, not liar 1.0', holding(metadata(metadataOf('liar', '1.1')))],
      ['does not name one package', holding(metadata('Name: liar\nName: other\nVersion: 1.0\n\n'))],
      ['does not name one package', holding(metadata('\nName: liar\nVersion: 1.0\n'))],
      ['no METADATA of liar 1.0', holding({ name: 'liar.py' })],
      [
        'no METADATA of liar 1.0',
        holding({ name: 'other-1.0.dist-info/METADATA', content: metadataOf('liar', '1.0') }),
      ],
      [
        'two METADATA',
        holding(metadata(metadataOf('liar', '1.0')), {
          name: 'LIAR-1.0.dist-info/METADATA',
          content: metadataOf('liar', '1.0'),
        }),
      ],
      ['not a whole zip', uploadForm('liar', '1.0', { file, bytes: Buffer.from('no archive') })],
      ['content is missing', uploadForm('liar', '1.0', { file, bytes: Buffer.alloc(0) })],
    ];
    for (const [words, form] of lies) await refused(await send(form), words);
    await nothingThere();
  });

  test('a source distribution must hold the published package', async () => {
    const source = async (...entries: Parameters<typeof tarball>[0][number][]) =>
      uploadForm('liar', '1.0', { file: 'liar-1.0.tar.gz', bytes: await tarball(entries) });
    const info = { name: 'liar-1.0/PKG-INFO', content: metadataOf('liar', '1.0') };
    const lies: [string, FormData][] = [
      ['holds other', await source({ ...info, content: metadataOf('other', '1.0') })],
      ['no PKG-INFO', await source({ name: 'liar-1.0/setup.py' })],
      ['not a whole tar', uploadForm('liar', '1.0', { file: 'liar-1.0.tar.gz', bytes: Buffer.from('x') })],
    ];
    for (const [words, form] of lies) await refused(await send(form), words);
    await nothingThere();
  });

  test('source distributions are accepted as tar and zip, and have no separate metadata', async () => {
    const info = { name: 'source-1.0/PKG-INFO', content: metadataOf('source', '1.0', { requiresPython: '>=3.9' }) };
    const both = [
      { file: 'source-1.0.tar.gz', bytes: await tarball([info]) },
      { file: 'source-1.0.zip', bytes: zip([info]) },
    ];
    for (const made of both) expect((await send(uploadForm('source', '1.0', made))).status).toBe(201);
    const accept = { Accept: 'application/vnd.pypi.simple.v1+json' };
    const response = await app.fetch(`${base}/simple/source/`, { headers: { ...headers, ...accept } });
    const { files } = (await response.json()) as { files: Record<string, unknown>[] };
    expect(files).toMatchObject(
      both.map(({ file }) => ({ filename: file, 'core-metadata': false, 'requires-python': '>=3.9' })),
    );
  });

  test('other bodies, and an incomplete form, are refused', async () => {
    const type = { 'Content-Type': 'multipart/form-data; boundary=x' };
    const part = '--x\r\nContent-Disposition: form-data; name="content"; filename="a-1-py3-none-any.whl"\r\n\r\nbytes';
    await refused(await send('hello', { 'Content-Type': 'text/plain' }), 'must be a form');
    await refused(await send('hello', { 'Content-Type': 'multipart/form-data' }), 'must be a form');
    await refused(await send('a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }), 'must be a form');
    for (const body of ['', 'hello', '--x', part, `${part}\r\n--`]) await refused(await send(body, type), '');
    await refused(await send(`${part}\r\n--x--\r\n`, type), 'name is missing');
    await refused(await send(part.replaceAll('content', 'other').concat('\r\n--x--\r\n'), type), 'other is invalid');
  });

  test('a form of very many or very large fields is refused while it is read', async () => {
    const huge = uploadForm('liar', '1.0', wheel('liar', '1.0'), { description: 'x'.repeat(5 * 1024 * 1024) });
    await refused(await send(huge), 'bytes in its fields');
    const half = 'x'.repeat(3 * 1024 * 1024);
    const halves = uploadForm('liar', '1.0', wheel('liar', '1.0'), { description: half, license: half });
    await refused(await send(halves), 'bytes in its fields');
    const many = uploadForm('liar', '1.0', wheel('liar', '1.0'));
    for (let i = 0; i < 5000; i++) many.append('classifiers', 'x');
    await refused(await send(many), 'more than 4096 fields');
    const twice = uploadForm('liar', '1.0', wheel('liar', '1.0'));
    twice.append('content', new File(['x'], file));
    await refused(await send(twice), 'given twice');
    const files = uploadForm('liar', '1.0', wheel('liar', '1.0'));
    for (let i = 0; i < 20; i++) files.append('gpg_signature', new File(['x'], 'x.asc'));
    await refused(await send(files), 'more than 8 files');
    const headersOf = `--x\r\nContent-Disposition: form-data; name="${'n'.repeat(100_000)}"\r\n\r\nv\r\n--x--\r\n`;
    await refused(await send(headersOf, { 'Content-Type': 'multipart/form-data; boundary=x' }), '');
    const nameless = '--x\r\nContent-Disposition: form-data\r\n\r\nv\r\n--x--\r\n';
    await refused(await send(nameless, { 'Content-Type': 'multipart/form-data; boundary=x' }), 'without a name');
    await nothingThere();
  });

  test('a rule protects a name in every spelling', async () => {
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    await app.services.packages.rules.create(project, { type: 'pypi', pattern: 'Core_*', pushLevel: 40 }, app.by);
    for (const name of ['core-tools', 'Core_Tools', 'CORE.tools', 'core--tools']) {
      const body = uploadForm(name, '1.0', wheel(name, '1.0'));
      const path = `/api/v4/projects/${project.id}/packages/pypi`;
      const response = await app.fetch(path, { method: 'POST', body, headers: { 'Deploy-Token': token.secret } });
      expect([name, response.status, await response.text()]).toEqual([
        name,
        403,
        expect.stringContaining('Package protected.'),
      ]);
    }
  });
});
