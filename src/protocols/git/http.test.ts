import { beforeAll, expect, test } from 'bun:test';
import { basic, type TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import type { Group } from '../../domain/groups/groups.ts';
import type { Project } from '../../domain/projects/projects.ts';
import { LIMITS } from '../../gate/attempts.ts';
import { MAX_COMMANDS } from '../../store/git/push-commands.ts';

const LS_REFS = '0014command=ls-refs\n0016object-format=sha100010009peel\n000csymrefs\n000bunborn\n0000';
const UPLOAD_PACK = 'info/refs?service=git-upload-pack';
const RECEIVE_PACK = 'info/refs?service=git-receive-pack';
const CHALLENGE = 'Basic realm="GitLab"';

onEachApp('git over HTTP', (started) => {
  let app: TestApp;
  let group: Group;
  let project: Project;
  let token: { username: string; secret: string };
  let user: { username: string; token: string };
  beforeAll(async () => {
    app = await started;
    group = await app.seed.group();
    project = await app.seed.project(group);
    token = await app.seed.deployToken(project);
    user = await app.seed.user({ admin: true });
  });

  type As = { username: string; secret: string } | { username: string; token: string } | null;
  const headersOf = (as: As): Record<string, string> =>
    as === null ? {} : basic(as.username, 'secret' in as ? as.secret : as.token);
  const get = (as: As, rest: string, at: { full_path: string } = project, headers = {}) =>
    app.fetch(`http://postern.test/${at.full_path}.git/${rest}`, { headers: { ...headersOf(as), ...headers } });
  const post = (
    as: As,
    service: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
    at = project,
  ) =>
    app.fetch(`/${at.full_path}.git/git-${service}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': `application/x-git-${service}-request`, ...headersOf(as), ...headers },
    });

  /** Everything in a response that could differ for a client. */
  const face = async (response: Response) => {
    const headers = [...response.headers].filter(([name]) => name !== 'x-request-id' && name !== 'x-runtime');
    return { status: response.status, headers, body: await response.text() };
  };

  test('A157 the advertisement of protocol 0', async () => {
    const response = await get(token, UPLOAD_PACK);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement');
    expect(response.headers.get('cache-control')).toBe('no-cache, max-age=0, must-revalidate');
    const body = await response.text();
    expect(body).toStartWith('001e# service=git-upload-pack\n0000');
    expect(body).toEndWith('0000');
  });

  test('the advertisement of protocol 1 says so, that of protocol 2 has no service line', async () => {
    const one = await (await get(token, UPLOAD_PACK, project, { 'Git-Protocol': 'version=1' })).text();
    expect(one).toStartWith('001e# service=git-upload-pack\n0000000eversion 1\n');
    const two = await get(token, UPLOAD_PACK, project, { 'Git-Protocol': 'version=2' });
    expect(two.headers.get('content-type')).toBe('application/x-git-upload-pack-advertisement');
    const body = await two.text();
    expect(body).toStartWith('000eversion 2\n');
    expect(body).toMatch(/ls-refs=unborn\n.*fetch=[^\n]*filter/s);
    expect(body).toEndWith('0000');
  });

  test('a push uses protocol 0 even if the client offers protocol 2', async () => {
    const response = await get(user, RECEIVE_PACK, project, { 'Git-Protocol': 'version=2' });
    expect(response.headers.get('content-type')).toBe('application/x-git-receive-pack-advertisement');
    expect(await response.text()).toStartWith('001f# service=git-receive-pack\n0000');
  });

  test('A158 a request of protocol 2 is answered', async () => {
    const response = await post(token, 'upload-pack', LS_REFS, { 'Git-Protocol': 'version=2' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-git-upload-pack-result');
    expect(await response.text()).toContain('unborn HEAD symref-target:refs/heads/main');
  });

  test('the same request compressed with gzip, under both names of the coding', async () => {
    for (const coding of ['gzip', 'x-gzip']) {
      const headers = { 'Git-Protocol': 'version=2', 'Content-Encoding': coding };
      const response = await post(token, 'upload-pack', Bun.gzipSync(LS_REFS), headers);
      expect(await response.text()).toContain('unborn HEAD');
    }
  });

  test('a small request that expands to a huge one is refused', async () => {
    const line = `ref-prefix ${'a'.repeat(65_000)}`;
    const lines = (line.length + 4).toString(16) + line;
    const bomb = Bun.gzipSync(`0014command=ls-refs\n0001${lines.repeat(1100)}`);
    expect(bomb.byteLength).toBeLessThan(200_000);
    const headers = { 'Git-Protocol': 'version=2', 'Content-Encoding': 'gzip' };
    const response = await post(token, 'upload-pack', bomb, headers);
    expect(response.status).toBe(413);
    expect(app.services.repositories.maxRequestBytes('upload-pack')).toBeLessThan(1100 * lines.length);
  });

  test('invalid gzip, another content coding and another media type are refused with their own status', async () => {
    const zipped = await post(token, 'upload-pack', 'not gzip', { 'Content-Encoding': 'gzip' });
    expect(zipped.status).toBe(400);
    expect((await post(token, 'upload-pack', LS_REFS, { 'Content-Encoding': 'br' })).status).toBe(415);
    expect((await post(token, 'upload-pack', LS_REFS, { 'Content-Type': 'text/plain' })).status).toBe(415);
    const other = { 'Content-Type': 'application/x-git-receive-pack-request' };
    expect((await post(token, 'upload-pack', LS_REFS, other)).status).toBe(415);
  });

  test('a request that git cannot read is answered with a plain 400 that reveals nothing about the server', async () => {
    const response = await post(token, 'receive-pack', 'zzzz', {}, project);
    expect(response.status).toBe(403);
    const broken = await post(user, 'receive-pack', 'zzzz');
    expect(broken.status).toBe(400);
    expect(broken.headers.get('content-type')).toStartWith('text/plain');
    expect(await broken.text()).not.toContain(app.folder);
    for (const cut of ['0032want', '00', 'fffg']) expect((await post(token, 'upload-pack', cut)).status).toBe(400);
    expect(app.lines.some((line) => line.includes('"fault"'))).toBe(false);
  });

  test('the probe before a large push is answered with an empty body', async () => {
    const response = await post(user, 'receive-pack', '0000');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-git-receive-pack-result');
    expect(await response.text()).toBe('');
  });

  test('a push of more refs than the bound is refused in the words of git, and nothing of it is kept', async () => {
    const line = (name: string) => {
      const text = `${'0'.repeat(40)} ${'a'.repeat(40)} refs/tags/${name}`;
      return (text.length + 4).toString(16).padStart(4, '0') + text;
    };
    const names = Array.from({ length: MAX_COMMANDS }, (_, i) => `v${i}`);
    const body = `${line('first\0 report-status side-band-64k')}${names.map(line).join('')}0000PACK`;
    const response = await post(user, 'receive-pack', body);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/x-git-receive-pack-result');
    const reason = `more than ${MAX_COMMANDS} refs in one push`;
    expect(await response.text()).toContain(`\x01002cunpack ${reason}\n0000`);
    expect(await app.db.selectFrom('pushes').selectAll().execute()).toEqual([]);
    expect(app.lines.some((text) => text.includes('"fault"'))).toBe(false);
  });

  test('A160 without read_repository: 403 with the sentence of GitLab and the missing scope', async () => {
    const images = await app.seed.deployToken(project, { scopes: ['read_registry'] });
    for (const response of [await get(images, UPLOAD_PACK), await post(images, 'upload-pack', LS_REFS)]) {
      expect(response.status).toBe(403);
      const body = await response.text();
      expect(body).toStartWith('You are not allowed to download code.');
      expect(body).toContain('read_repository');
    }
  });

  test('A184 a deploy token never pushes: 403 with the sentence of GitLab and the reason', async () => {
    const ofGroup = await app.seed.deployToken(group);
    for (const who of [token, ofGroup]) {
      for (const response of [await get(who, RECEIVE_PACK), await post(who, 'receive-pack', '0000')]) {
        expect(response.status).toBe(403);
        const body = await response.text();
        expect(body).toStartWith('You are not allowed to upload code.');
        expect(body).toContain('A deploy token can never');
      }
    }
  });

  test('A161 a wrong secret on a private project, A162 and on a public one', async () => {
    const open = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), { visibility: 'public' });
    for (const at of [project, open]) {
      const response = await get({ username: token.username, secret: `${token.secret}x` }, UPLOAD_PACK, at);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
      expect(await response.text()).toStartWith('HTTP Basic: Access denied.');
    }
    expect((await get(null, UPLOAD_PACK, open)).status).toBe(200);
    expect((await get(null, RECEIVE_PACK, open)).status).toBe(401);
  });

  test('A164 without credentials a private and an internal project look like a missing one', async () => {
    const internal = await app.seed.project(await app.seed.group(null, { visibility: 'internal' }), {
      visibility: 'internal',
    });
    const missing = await face(await get(null, UPLOAD_PACK, { full_path: `${group.full_path}/nothing` }));
    expect(missing.status).toBe(401);
    for (const at of [project, internal]) {
      const response = await get(null, UPLOAD_PACK, at);
      expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
      expect(await face(response)).toEqual(missing);
    }
  });

  test('A165 a token of another project is refused, also on a public one', async () => {
    const open = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), { visibility: 'public' });
    const other = await app.seed.project(group);
    for (const at of [other, open]) {
      const response = await get(token, UPLOAD_PACK, at);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
    }
  });

  test('A182 to a token that does not reach it, a private project looks like a missing one', async () => {
    const elsewhere = await app.seed.project(await app.seed.group());
    const ofGroup = await app.seed.deployToken(group);
    for (const who of [token, ofGroup]) {
      for (const rest of [UPLOAD_PACK, RECEIVE_PACK, 'info/refs']) {
        const there = await face(await get(who, rest, elsewhere));
        const [space] = elsewhere.full_path.split('/');
        expect(await face(await get(who, rest, { full_path: `${space}/nothing` }))).toEqual(there);
        expect(await face(await get(who, rest, { full_path: 'nothing/at-all' }))).toEqual(there);
        expect(there.status).toBe(401);
      }
    }
  });

  test('to a user who may not see it, a private project looks like a missing one', async () => {
    const stranger = await app.seed.user();
    const missing = await face(await get(stranger, UPLOAD_PACK, { full_path: `${group.full_path}/nothing` }));
    expect(missing.status).toBe(404);
    expect(await face(await get(stranger, UPLOAD_PACK))).toEqual(missing);
    const pushed = await face(await get(stranger, RECEIVE_PACK));
    expect(await face(await get(stranger, RECEIVE_PACK, { full_path: 'nothing/at-all' }))).toEqual(pushed);
  });

  test('A166 a client that may know is answered that the project does not exist', async () => {
    const ofGroup = await app.seed.deployToken(group);
    for (const who of [ofGroup, user]) {
      const response = await get(who, UPLOAD_PACK, { full_path: `${group.full_path}/nothing` });
      expect(response.status).toBe(404);
      expect(response.headers.get('content-type')).toStartWith('text/plain');
      expect(await response.text()).toContain('could not be found');
    }
  });

  test('A168 without a service: 403 for clients that may read, 401 for others; the same for HEAD', async () => {
    for (const rest of ['info/refs', 'info/refs?service=git-upload-archive']) {
      expect((await get(token, rest)).status).toBe(403);
      expect((await get(null, rest)).status).toBe(401);
    }
    const head = { method: 'HEAD', headers: headersOf(token) };
    expect((await app.fetch(`/${project.full_path}.git/${UPLOAD_PACK}`, head)).status).toBe(403);
    for (const rest of ['HEAD', 'objects/info/packs', 'config', 'objects/00/00']) {
      expect((await get(token, rest)).status).toBe(404);
    }
  });

  test('the matched row decides, not the query: a push with another service in the query is still a push', async () => {
    expect((await post(token, 'receive-pack?service=git-upload-pack', '0000')).status).not.toBe(200);
    const both = await get(token, `${RECEIVE_PACK}&service=git-upload-pack`);
    expect(both.status).toBe(403);
    const reversed = await get(token, `${UPLOAD_PACK}&service=git-receive-pack`);
    expect(await reversed.text()).not.toContain('receive-pack');
  });

  test('several slashes in a path are one, as most proxies make of them', async () => {
    for (const full_path of [`/${project.full_path}`, project.full_path.replace('/', '//')]) {
      expect((await get(token, UPLOAD_PACK, { full_path })).status).toBe(200);
      const bare = await app.fetch(`http://postern.test/${full_path}/${UPLOAD_PACK}`, { headers: headersOf(token) });
      expect(bare.headers.get('location')).toBe(`http://postern.test/${project.full_path}.git/${UPLOAD_PACK}`);
    }
  });

  test('A169 a path without .git is redirected to the one with it, for clients that may read', async () => {
    const at = (who: As, rest: string, path = project.full_path) =>
      app.fetch(`/${path}/${rest}`, { headers: headersOf(who) });
    const response = await at(token, UPLOAD_PACK);
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe(`http://postern.test/${project.full_path}.git/${UPLOAD_PACK}`);
    expect((await at(user, RECEIVE_PACK)).headers.get('location')).toBe(
      `http://postern.test/${project.full_path}.git/${RECEIVE_PACK}`,
    );
    expect((await at(token, `${UPLOAD_PACK}&x=1`)).status).toBe(404);
    const missing = await face(await at(null, UPLOAD_PACK, `${group.full_path}/nothing`));
    expect(await face(await at(null, UPLOAD_PACK))).toEqual(missing);
    expect(missing.status).toBe(401);
  });

  test('A170 a request to a path without .git: 404', async () => {
    const response = await app.fetch(`/${project.full_path}/git-upload-pack`, {
      method: 'POST',
      body: LS_REFS,
      headers: { ...headersOf(token), 'Content-Type': 'application/x-git-upload-pack-request' },
    });
    expect(response.status).toBe(404);
  });

  test('A172 an archived project can be cloned and refuses pushes', async () => {
    const archived = await app.seed.project(group);
    const reader = await app.seed.deployToken(archived);
    await app.db.updateTable('projects').set({ archived: 1 }).where('id', '=', archived.id).execute();
    expect((await get(reader, UPLOAD_PACK, archived)).status).toBe(200);
    expect((await post(reader, 'upload-pack', LS_REFS, { 'Git-Protocol': 'version=2' }, archived)).status).toBe(200);
    const push = await get(user, RECEIVE_PACK, archived);
    expect(push.status).toBe(403);
    expect(await push.text()).toContain('archived');
  });

  test('A177 many failed attempts from one address are answered with 429; valid credentials still work', async () => {
    const ip = '203.0.113.7';
    const attempt = (secret: string) =>
      app.fetch(`/${project.full_path}.git/${UPLOAD_PACK}`, { headers: basic(token.username, secret), ip });
    const seen: number[] = [];
    for (let i = 0; i < LIMITS.address + 1; i++) seen.push((await attempt('gldt-wrong')).status);
    expect(seen[0]).toBe(401);
    const last = await attempt('gldt-wrong');
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await attempt(token.secret)).status).toBe(200);
    expect((await attempt('gldt-wrong')).status).toBe(401);
  });

  test('A178 A185 a project whose repository is disabled: 401 for its token, 403 for its users', async () => {
    const closed = await app.seed.project(group);
    const reader = await app.seed.deployToken(closed);
    expect((await get(reader, UPLOAD_PACK, closed)).status).toBe(200);
    await app.db.updateTable('projects').set({ repository_enabled: 0 }).where('id', '=', closed.id).execute();
    const response = await get(reader, UPLOAD_PACK, closed);
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe(CHALLENGE);
    expect((await get(user, UPLOAD_PACK, closed)).status).toBe(403);
    expect((await get(null, UPLOAD_PACK, closed)).status).toBe(401);
  });

  test('A181 a fetch with a token that reaches the project is allowed', async () => {
    const ofGroup = await app.seed.deployToken(group);
    expect((await get(ofGroup, UPLOAD_PACK)).status).toBe(200);
    expect((await get(token, UPLOAD_PACK)).status).toBe(200);
  });

  test('a renamed project is served at its old path, and git is redirected to the new one', async () => {
    const moved = await app.seed.project(group, { path: 'now' });
    const reader = await app.seed.deployToken(moved);
    const old = `${group.full_path}/before`;
    await app.db.insertInto('redirects').values({ path_key: old, namespace_id: null, project_id: moved.id }).execute();
    const response = await get(reader, UPLOAD_PACK, { full_path: old });
    expect(response.status).toBe(301);
    expect(response.headers.get('location')).toBe(`http://postern.test/${moved.full_path}.git/${UPLOAD_PACK}`);
    const posted = await post(
      reader,
      'upload-pack',
      LS_REFS,
      { 'Git-Protocol': 'version=2' },
      { ...moved, full_path: old },
    );
    expect(posted.status).toBe(200);
    expect((await get(null, UPLOAD_PACK, { full_path: old })).status).toBe(401);
    expect((await get(token, UPLOAD_PACK, { full_path: old })).status).toBe(401);
  });
});
