import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { sha256Hex } from '../../lib/digest.ts';

onEachEngine('generic packages', (engine) => {
  let app: TestApp;
  let base: string;
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await startApp(engine, { POSTERN_MAX_PACKAGE_SIZE: '1MiB' });
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    base = `/api/v4/projects/${project.id}/packages/generic`;
    headers = { 'DEPLOY-TOKEN': token.secret };
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const put = (path: string, body: RequestInit['body'], more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { method: 'PUT', headers: { ...headers, ...more }, body });
  const get = (path: string, more: Record<string, string> = {}) =>
    app.fetch(`${base}/${path}`, { headers: { ...headers, ...more } });

  test('an upload is answered with 201, and the file is served unchanged', async () => {
    const response = await put('tool/1.0/a.bin', 'bytes');
    expect([response.status, await response.json()]).toEqual([201, { message: '201 Created' }]);
    const back = await get('tool/1.0/a.bin');
    expect(await back.text()).toBe('bytes');
    expect(back.headers.get('etag')).toBe(`"${sha256Hex('bytes')}"`);
    expect(back.headers.get('content-disposition')).toContain('filename="a.bin"');
  });

  test('select=package_file answers with the file', async () => {
    const response = await put('tool/1.0/b.bin?select=package_file', 'bytes');
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({
      file_name: 'b.bin',
      size: 5,
      file_sha256: sha256Hex('bytes'),
      file_md5: null,
      created_at: '2026-03-01T12:00:00.000Z',
    });
  });

  test('the newest of several files with one name is served, and a resumed download of an older one starts again', async () => {
    await put('tool/2.0/c.bin', 'first, and longer');
    const first = await get('tool/2.0/c.bin');
    await put('tool/2.0/c.bin', 'second');
    const rest = await get('tool/2.0/c.bin', { Range: 'bytes=2-', 'If-Range': first.headers.get('etag') ?? '' });
    expect([rest.status, await rest.text()]).toEqual([200, 'second']);
  });

  test('a file may be in folders, and is saved under its last name', async () => {
    expect((await put('tool/3.0/linux/x64/run@2~1', 'in a folder')).status).toBe(201);
    const response = await get('tool/3.0/linux/x64/run@2~1');
    expect(await response.text()).toBe('in a folder');
    expect(response.headers.get('content-disposition')).toContain('filename="run@2~1"');
    expect(await (await get('tool/3.0/linux%2Fx64%2Frun@2~1')).text()).toBe('in a folder');
  });

  test('a file name may have any printable characters; those that could lead elsewhere or deceive are refused', async () => {
    for (const name of ['a b.txt', 'Grüße (1), x=y:z.txt', '日本語.zip', "it's $HOME`x`!.sh", 'a/b c/…', '..a', '@x']) {
      const path = `names/1.0/${name.split('/').map(encodeURIComponent).join('/')}`;
      const stored = await put(`${path}?select=package_file`, name);
      expect([name, stored.status, await stored.json()]).toMatchObject([name, 201, { file_name: name }]);
      const back = await get(path);
      expect([name, await back.text()]).toEqual([name, name]);
      const [, saved = ''] = back.headers.get('content-disposition')?.split("filename*=UTF-8''") ?? [];
      expect(decodeURIComponent(saved)).toBe(name.slice(name.lastIndexOf('/') + 1));
    }
    // macOS sends an accent as a character of its own.
    expect(await (await get(`names/1.0/${encodeURIComponent('Gru\u0308ße (1), x=y:z.txt')}`)).text()).toContain(
      'Grüße',
    );
    const refused = [' a', 'a ', 'a/ /b', 'a\\b', 'a\u0085b', 'a\u202eb', 'a%2fb', '..;', 'a?b', 'a"b', '<b>'];
    for (const name of [...refused, 'a//b', 'é'.repeat(256)]) {
      const path = `names/1.0/d/${encodeURIComponent(name)}`;
      expect([name, (await put(path, 'x')).status]).toEqual([name, 400]);
    }
  });

  test('an empty file is accepted', async () => {
    expect((await put('tool/3.1/empty', '')).status).toBe(201);
    const back = await get('tool/3.1/empty');
    expect([back.status, back.headers.get('content-length')]).toEqual([200, '0']);
  });

  test('status=hidden is stored, other values are refused', async () => {
    expect((await put('secret/1.0/a?status=hidden', 'x')).status).toBe(201);
    const rows = await app.db.selectFrom('package_versions').select('status').where('status', '=', 'hidden').execute();
    expect(rows).toEqual([{ status: 'hidden' }]);
    expect(await (await get('secret/1.0/a')).text()).toBe('x');
    const wrong = await put('secret/1.0/a?status=error', 'x');
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: 'status does not have a valid value' }]);
  });

  test('a status changes the version, also an existing one; without a status it stays', async () => {
    const statusAfter = async (query: string) => {
      expect((await put(`shown/1.0/a${query}`, 'x')).status).toBe(201);
      const versions = app.db.selectFrom('package_versions').innerJoin('packages', 'packages.id', 'package_id');
      const rows = await versions.select('status').where('name', '=', 'shown').execute();
      return rows.map(({ status }) => status);
    };
    for (const [query, status] of [
      ['', 'default'],
      ['?status=hidden', 'hidden'],
      ['', 'hidden'],
      ['?status=default', 'default'],
    ] as const)
      expect([query, await statusAfter(query)]).toEqual([query, [status]]);
  });

  test('A294 a duplicate file is 400 where duplicates are forbidden, except where an exception matches', async () => {
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const { rules } = app.services.packages;
    await rules.create(project, { type: 'generic', pattern: '*', duplicates: 'forbidden' }, app.by);
    await rules.create(project, { type: 'generic', pattern: 'nightly-*', duplicates: 'allowed' }, app.by);
    const publish = (name: string, file: string) =>
      app.fetch(`/api/v4/projects/${project.id}/packages/generic/${name}/1.0/${file}`, {
        method: 'PUT',
        headers: { 'Deploy-Token': token.secret },
        body: crypto.randomUUID(),
      });
    expect((await publish('tool', 'a')).status).toBe(201);
    const again = await publish('tool', 'a');
    expect([again.status, await again.json()]).toEqual([
      400,
      { message: '400 Bad request - Duplicate package is not allowed' },
    ]);
    expect((await publish('tool', 'b')).status).toBe(201);
    expect([(await publish('nightly-1', 'a')).status, (await publish('nightly-1', 'a')).status]).toEqual([201, 201]);
  });

  test('a body that ends before its announced size is refused', async () => {
    const response = await put('tool/4.0/cut', new Blob(['cut']).stream(), { 'Content-Length': '300' });
    expect(response.status).toBe(422);
    expect((await get('tool/4.0/cut')).status).toBe(404);
  });

  test('a size over the limit is refused before a byte is read', async () => {
    let read = false;
    const body = new ReadableStream(
      {
        pull(controller) {
          read = true;
          controller.enqueue(new Uint8Array(1000));
        },
      },
      { highWaterMark: 0 },
    );
    const response = await put('tool/4.0/big', body, { 'Content-Length': '2000000' });
    expect([response.status, read]).toEqual([400, false]);
    expect(await response.json()).toMatchObject({ message: '400 Bad request - File is too large' });
  });

  test('a body over the limit without an announced size is refused at the limit', async () => {
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 65536;
        controller.enqueue(new Uint8Array(65536));
      },
    });
    expect((await put('tool/4.0/endless', body)).status).toBe(400);
    expect(sent).toBeLessThan(4 * 1024 * 1024);
  });

  test('a form with the file in its field `file` is accepted, with its parameters', async () => {
    const form = new FormData();
    form.set('status', 'hidden');
    form.set('select', 'package_file');
    form.set('file', new File(['bytes'], 'another-name'));
    const other = { 'X-Checksum-Sha256': sha256Hex('other') };
    expect(await (await put('form/5.0/a', form, other)).json()).toMatchObject({
      error: 'The body differs from X-Checksum-Sha256',
    });
    const response = await put('form/5.0/a', form, { 'X-Checksum-Sha256': sha256Hex('bytes') });
    expect([response.status, await response.json()]).toMatchObject([201, { file_name: 'a', size: 5 }]);
    expect(await (await get('form/5.0/a')).text()).toBe('bytes');
    const { status } = await app.db
      .selectFrom('package_versions')
      .select('status')
      .where('version', '=', '5.0')
      .executeTakeFirstOrThrow();
    expect(status).toBe('hidden');
  });

  test('a form without exactly one file, and a malformed one, are refused and nothing is stored', async () => {
    const file = (size = 5) => new File(['x'.repeat(size)], 'a');
    const forms: [string, [string, string | File][]][] = [
      ['file is missing', [['status', 'default']]],
      ['file is missing', [['file', 'text']]],
      ['other is invalid', [['other', file()]]],
      [
        'file is given twice',
        [
          ['file', file()],
          ['file', file()],
        ],
      ],
      ['File is too large', [['file', file(1024 * 1024 + 1)]]],
      [
        'status does not have a valid value',
        [
          ['status', 'error'],
          ['file', file()],
        ],
      ],
    ];
    for (const [words, entries] of forms) {
      const form = new FormData();
      for (const [name, value] of entries) form.append(name, value as File);
      const response = await put('form/6.0/a', form);
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(words)]);
    }
    const cut = await put('form/6.0/a', '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nby', {
      'Content-Type': 'multipart/form-data; boundary=b',
    });
    expect([cut.status, await cut.text()]).toEqual([400, expect.stringContaining('not a whole form')]);
    const nameless = await put('form/6.0/a', '--b\r\nContent-Disposition: form-data\r\n\r\nv\r\n--b--\r\n', {
      'Content-Type': 'multipart/form-data; boundary=b',
    });
    expect([nameless.status, await nameless.text()]).toEqual([400, expect.stringContaining('without a name')]);
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nv\r\n--b--\r\n';
    const behind = await put('form/6.0/a', `--b--\r\n${part}`, { 'Content-Type': 'multipart/form-data; boundary=b' });
    expect([behind.status, await behind.text()]).toEqual([400, expect.stringContaining('file is missing')]);
    const mixed = await put('form/6.0/a', 'bytes', { 'Content-Type': 'multipart/mixed; boundary=b' });
    expect([mixed.status, await mixed.text()]).toEqual([400, expect.stringContaining('multipart/form-data')]);
    expect((await get('form/6.0/a')).status).toBe(404);
  });

  test('paths that try to leave their folder find nothing', async () => {
    for (const path of ['tool/1.0/..%2f..%2fa', 'tool/1.0/%2e%2e', 'tool/1.0/a%00b', 'tool/1.0/a//b', '%2e%2e/1.0/a'])
      expect([path, (await put(path, 'x')).status >= 400]).toEqual([path, true]);
  });
});
