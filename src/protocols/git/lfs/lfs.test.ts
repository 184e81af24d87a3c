import { beforeAll, expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../../../../test/support/app.ts';
import { onEachApp } from '../../../../test/support/on-each-app.ts';
import type { Group } from '../../../domain/groups/groups.ts';
import type { Project } from '../../../domain/projects/projects.ts';
import { defined } from '../../../lib/defined.ts';
import { sha256Hex } from '../../../lib/digest.ts';

const LFS = 'application/vnd.git-lfs+json';
const CONTENT = 'a large file, in a manner of speaking';
const OBJECT = { oid: sha256Hex(CONTENT), size: CONTENT.length };

type Json = Record<string, unknown>;

onEachApp('Git LFS', (started, engine) => {
  let app: TestApp;
  let group: Group;
  let project: Project;
  let token: Record<string, string>;
  let user: Record<string, string>;
  let username: string;
  beforeAll(async () => {
    app = await started;
    group = await app.seed.group();
    project = await app.seed.project(group);
    const created = await app.seed.deployToken(project);
    token = basic(created.username, created.secret);
    const maintainer = await app.seed.user({ admin: true });
    username = maintainer.username;
    user = basic(username, maintainer.token);
    expect((await put(user, OBJECT, CONTENT)).status).toBe(200);
  });

  const at = (rest: string, on = project) => `/${on.full_path}.git/${rest}`;
  const post = (who: Record<string, string>, rest: string, body: unknown, on = project, more = {}) =>
    app.fetch(at(`info/lfs/${rest}`, on), {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': `${LFS}; charset=utf-8`, Accept: LFS, ...who, ...more },
    });
  const batch = (
    who: Record<string, string>,
    operation: string,
    objects: unknown[] = [OBJECT],
    on = project,
    more = {},
  ) => post(who, 'objects/batch', { operation, transfers: ['basic', 'ssh'], objects, hash_algo: 'sha256' }, on, more);
  const put = (
    who: Record<string, string>,
    object: { oid: string; size: number | string },
    body: string,
    on = project,
  ) => app.fetch(at(`gitlab-lfs/objects/${object.oid}/${object.size}`, on), { method: 'PUT', body, headers: who });
  const get = (who: Record<string, string>, oid: string, on = project, more = {}) =>
    app.fetch(at(`gitlab-lfs/objects/${oid}`, on), { headers: { ...who, ...more } });
  const json = async (response: Response) => (await response.json()) as Json;
  const only = async (response: Response) => ((await json(response))['objects'] as Json[])[0] as Json;

  test('A188 a batch repeats the Authorization in its actions, so that clients need not ask for credentials again', async () => {
    const response = await batch(token, 'download');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(LFS);
    expect(await json(response)).toEqual({
      transfer: 'basic',
      hash_algo: 'sha256',
      objects: [
        {
          ...OBJECT,
          authenticated: true,
          actions: {
            download: {
              href: `http://postern.test/${project.full_path}.git/gitlab-lfs/objects/${OBJECT.oid}`,
              header: { Authorization: token['Authorization'] as string },
            },
          },
        },
      ],
    });
  });

  test('A189 an object is downloaded whole and in part', async () => {
    const whole = await get(token, OBJECT.oid);
    expect(whole.status).toBe(200);
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    expect(whole.headers.get('content-length')).toBe(String(OBJECT.size));
    expect(await whole.text()).toBe(CONTENT);
    const rest = await get(token, OBJECT.oid, project, { Range: 'bytes=8-' });
    expect(rest.status).toBe(206);
    expect(rest.headers.get('content-range')).toBe(`bytes 8-${OBJECT.size - 1}/${OBJECT.size}`);
    expect(await rest.text()).toBe(CONTENT.slice(8));
    expect((await get(token, OBJECT.oid, project, { Range: 'bytes=999-' })).status).toBe(416);
  });

  test('A190 a token of another project: 401 with both challenges, on the batch and on the object', async () => {
    const other = await app.seed.project(group);
    const stranger = await app.seed.deployToken(other);
    const who = basic(stranger.username, stranger.secret);
    for (const response of [await batch(who, 'download'), await get(who, OBJECT.oid), await batch({}, 'download')]) {
      expect(response.status).toBe(401);
      expect(response.headers.get('lfs-authenticate')).toBe('Basic realm="GitLab"');
      expect(response.headers.get('www-authenticate')).toBe('Basic realm="GitLab"');
    }
  });

  test('A192 a deploy token cannot upload: 403 with the reason, and no action', async () => {
    const response = await batch(token, 'upload', [{ oid: sha256Hex('new'), size: 3 }]);
    expect(response.status).toBe(403);
    const body = await json(response);
    expect(body['message']).toStartWith('You are not allowed to upload code.');
    expect(body['objects']).toBeUndefined();
    expect(body['documentation_url']).toBeString();
    expect(body['request_id']).toBe(response.headers.get('x-request-id'));
    expect((await put(token, { oid: sha256Hex('new'), size: 3 }, 'new')).status).toBe(403);
    expect((await post(token, 'locks', { path: 'a.bin' })).status).toBe(403);
    expect((await post(token, 'locks/verify', {})).status).toBe(403);
  });

  test('a read-only credential cannot upload', async () => {
    const reader = await app.seed.user({ admin: true, scopes: ['read_repository'] });
    const who = basic(reader.username, reader.token);
    expect((await batch(who, 'download')).status).toBe(200);
    expect((await batch(who, 'upload')).status).toBe(403);
  });

  test('A193 LFS disabled in the project: 404', async () => {
    const plain = await app.seed.project(group);
    await app.db.updateTable('projects').set({ lfs_enabled: 0 }).where('id', '=', plain.id).execute();
    const reader = await app.seed.deployToken(plain);
    const response = await batch(basic(reader.username, reader.secret), 'download', [OBJECT], plain);
    expect(response.status).toBe(404);
    expect((await json(response))['message']).toBeString();
  });

  test('A194 LFS disabled on the server: 501', async () => {
    await using off = await startApp(engine, { POSTERN_LFS: 'off' });
    const there = await off.seed.project(await off.seed.group());
    const reader = await off.seed.deployToken(there);
    const response = await off.fetch(`/${there.full_path}.git/info/lfs/objects/batch`, {
      method: 'POST',
      body: JSON.stringify({ operation: 'download', objects: [OBJECT] }),
      headers: { 'Content-Type': LFS, ...basic(reader.username, reader.secret) },
    });
    expect(response.status).toBe(501);
  });

  test('A196 an object that the project does not have: an error for that object inside the batch', async () => {
    const missing = { oid: sha256Hex('nowhere'), size: 7 };
    const response = await batch(token, 'download', [missing]);
    expect(response.status).toBe(200);
    expect(await only(response)).toEqual({
      ...missing,
      error: {
        code: 404,
        message: "Object does not exist on the server or you don't have permissions to access it",
      },
    });
    expect((await get(token, missing.oid)).status).toBe(404);
    expect((await get(token, '../../etc/passwd'.replaceAll('/', '%2F'))).status).toBe(404);
  });

  test('an upload: action, object, verification; a second batch has no action', async () => {
    const object = { oid: sha256Hex('fresh'), size: 5 };
    const offered = await only(await batch(user, 'upload', [object]));
    const actions = offered['actions'] as Record<string, { href: string; header: Record<string, string> }>;
    expect(actions['upload']?.header['Authorization']).toBe(user['Authorization'] as string);
    expect((await post(user, 'verify', object)).status).toBe(404);
    const { href = '', header } = actions['upload'] ?? {};
    expect((await app.fetch(href, { method: 'PUT', body: 'fresh', ...defined({ headers: header }) })).status).toBe(200);
    expect((await post(user, 'verify', object)).status).toBe(200);
    expect((await post(user, 'verify', { ...object, size: 6 })).status).toBe(404);
    expect(await only(await batch(user, 'upload', [object]))).toEqual({ ...object, authenticated: true });
  });

  test('bytes that do not match the object id are refused and not stored', async () => {
    const object = { oid: sha256Hex('promised'), size: 8 };
    expect((await put(user, object, 'promises')).status).toBe(422);
    expect((await put(user, object, 'promised and more')).status).toBe(422);
    expect((await put(user, { ...object, oid: 'A'.repeat(64) }, 'promised')).status).toBe(422);
    expect((await put(user, { ...object, size: 'x' }, 'promised')).status).toBe(422);
    expect((await get(user, object.oid)).status).toBe(404);
  });

  test('an object that the server has already is linked only to projects whose client sends its bytes', async () => {
    const other = await app.seed.project(group);
    const offered = await only(await batch(user, 'upload', [OBJECT], other));
    expect(offered['actions']).toBeDefined();
    expect((await post(user, 'verify', OBJECT, other)).status).toBe(404);
    expect((await put(user, OBJECT, CONTENT.replace('large', 'LARGE'), other)).status).toBe(422);
    expect((await get(user, OBJECT.oid, other)).status).toBe(404);
    expect((await put(user, OBJECT, CONTENT, other)).status).toBe(200);
    expect(await (await get(user, OBJECT.oid, other)).text()).toBe(CONTENT);
  });

  test('a public project can be read without credentials, and then the action has none', async () => {
    const open = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), { visibility: 'public' });
    await put(user, OBJECT, CONTENT, open);
    const answer = await only(await batch({}, 'download', [OBJECT], open));
    expect(answer['authenticated']).toBeUndefined();
    expect(answer['actions']).toMatchObject({ download: { header: {} } });
    expect((await get({}, OBJECT.oid, open)).status).toBe(200);
    expect((await batch({}, 'upload', [OBJECT], open)).status).toBe(401);
  });

  test('each fault of a request has its own status', async () => {
    expect((await batch(user, 'download', [OBJECT], project, { Accept: 'text/html' })).status).toBe(406);
    expect((await batch(user, 'download', [OBJECT], project, { Accept: `${LFS};q=0` })).status).toBe(406);
    expect((await batch(user, 'download', [OBJECT], project, { 'Content-Type': 'text/plain' })).status).toBe(415);
    expect((await batch(user, 'erase')).status).toBe(422);
    expect((await batch(user, 'download', Array(1001).fill(OBJECT))).status).toBe(413);
    expect((await post(user, 'objects/batch', 'not json')).status).toBe(422);
    const sha512 = { operation: 'download', objects: [OBJECT], hash_algo: 'sha512' };
    expect((await post(user, 'objects/batch', sha512)).status).toBe(409);
    for (const legacy of [
      await post(user, 'objects', {}),
      await app.fetch(at(`info/lfs/objects/${OBJECT.oid}`), { headers: user }),
    ]) {
      expect(legacy.status).toBe(501);
      expect((await json(legacy))['message']).toContain('1.0.1');
    }
  });

  test('a wrong object of a batch has an error of its own, and the others are served', async () => {
    const wrong = [{ oid: 'short', size: 1 }, { oid: OBJECT.oid, size: -1 }, { oid: 'x'.repeat(1000) }, null, 7];
    for (const operation of ['download', 'upload']) {
      const body = { operation, objects: [...wrong, OBJECT] };
      const response = await post(user, 'objects/batch', body);
      expect(response.status).toBe(200);
      const { objects } = (await json(response)) as unknown as { objects: Record<string, unknown>[] };
      expect(objects.map(({ oid, size, error }) => [oid, size, (error as { code?: number })?.code])).toEqual([
        ['short', 1, 422],
        [OBJECT.oid, -1, 422],
        ['x'.repeat(256), 0, 422],
        ['', 0, 422],
        ['', 0, 422],
        [OBJECT.oid, OBJECT.size, undefined],
      ]);
      expect(objects[0]?.['error']).toEqual({ code: 422, message: 'oid: is not a SHA-256 in lower-case hex' });
      expect(objects[5]?.['error']).toBeUndefined();
    }
  });

  test('empty and null transfers are as absent ones', async () => {
    for (const transfers of [[], null, undefined]) {
      const response = await post(user, 'objects/batch', { operation: 'download', transfers, objects: [OBJECT] });
      expect([response.status, (await json(response))['transfer']]).toEqual([200, 'basic']);
    }
  });

  test('an object over the size limit is refused before its upload', async () => {
    await using small = await startApp(engine, { POSTERN_MAX_LFS_SIZE: '10B' });
    const there = await small.seed.project(await small.seed.group());
    const who = await small.seed.user({ admin: true });
    const headers = { 'Content-Type': LFS, ...basic(who.username, who.token) };
    const response = await small.fetch(`/${there.full_path}.git/info/lfs/objects/batch`, {
      method: 'POST',
      body: JSON.stringify({ operation: 'upload', objects: [OBJECT] }),
      headers,
    });
    expect((await only(response))['error']).toMatchObject({ code: 422 });
    const sent = await small.fetch(`/${there.full_path}.git/gitlab-lfs/objects/${OBJECT.oid}/${OBJECT.size}`, {
      method: 'PUT',
      body: CONTENT,
      headers,
    });
    expect(sent.status).toBe(413);
  });

  test('locks: created once, listed in pages, verified before a push, deleted by their owner or by force', async () => {
    const one = await post(user, 'locks', { path: 'art/one.psd', ref: { name: 'refs/heads/main' } });
    expect(one.status).toBe(201);
    const lock = (await json(one))['lock'] as Json;
    expect(lock).toMatchObject({ path: 'art/one.psd', owner: { name: username } });
    expect(lock['id']).toBeString();
    const again = await post(user, 'locks', { path: 'art/one.psd' });
    expect(again.status).toBe(409);
    expect(await json(again)).toMatchObject({ lock, message: 'already created lock' });
    expect((await post(user, 'locks', { path: 'art/two.psd' })).status).toBe(201);

    const list = async (query: string) => json(await app.fetch(at(`info/lfs/locks?${query}`), { headers: token }));
    const first = await list('limit=1');
    expect(first['locks']).toEqual([lock]);
    const second = await list(`limit=1&cursor=${first['next_cursor']}`);
    expect(second['locks']).toMatchObject([{ path: 'art/two.psd' }]);
    expect(second['next_cursor']).toBeUndefined();
    expect((await list('path=art/one.psd'))['locks']).toEqual([lock]);
    expect((await list(`id=${lock['id']}`))['locks']).toEqual([lock]);
    // A lock holds on every branch: as `POST locks` for another one answers 409, the others show it too.
    const other = { ref: { name: 'refs/heads/other' } };
    expect((await post(user, 'locks', { path: 'art/one.psd', ...other })).status).toBe(409);
    expect((await list('refspec=refs/heads/other'))['locks']).toMatchObject([lock, { path: 'art/two.psd' }]);
    expect((await json(await post(user, 'locks/verify', other)))['ours']).toMatchObject([lock, {}]);

    const colleague = await app.seed.user();
    await app.db
      .insertInto('members')
      .values({
        user_id: colleague.id,
        project_id: project.id,
        access_level: 30,
        created_at: app.time.now,
        namespace_id: null,
        expires_at: null,
        created_by: null,
      })
      .execute();
    const developer = basic(colleague.username, colleague.token);
    expect(await json(await post(developer, 'locks/verify', {}))).toMatchObject({ ours: [], theirs: [{}, {}] });
    expect(await json(await post(user, 'locks/verify', {}))).toMatchObject({ ours: [{}, {}], theirs: [] });
    expect((await post(developer, `locks/${lock['id']}/unlock`, {})).status).toBe(403);
    expect((await post(developer, `locks/${lock['id']}/unlock`, { force: true })).status).toBe(403);
    expect((await post(user, `locks/${lock['id']}/unlock`, {})).status).toBe(200);
    expect((await post(user, `locks/${lock['id']}/unlock`, {})).status).toBe(404);

    const theirs = (await json(await post(developer, 'locks', { path: 'art/three.psd' })))['lock'] as Json;
    expect((await post(user, `locks/${theirs['id']}/unlock`, { force: true })).status).toBe(200);
  });
});
