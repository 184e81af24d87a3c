import { expect, test } from 'bun:test';
import { privateToken } from '../../test/support/app.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';

onEachApp('conventions of the API', (started) => {
  const prepare = async () => {
    const app = await started;
    const admin = await app.seed.user({ admin: true });
    const project = await app.seed.project(await app.seed.group());
    const send = (path: string, init: RequestInit = {}) =>
      app.fetch(`/api/v4${path}`, { ...init, headers: { ...privateToken(admin.token), ...init.headers } });
    return { ...app, admin, project, send, tokens: `/projects/${project.id}/deploy_tokens` };
  };

  test('JSON answers have exactly the content type that python-gitlab compares, and the headers of GitLab', async () => {
    const { send, tokens } = await prepare();
    const { headers, status } = await send(tokens);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('x-runtime')).toMatch(/^\d+\.\d{6}$/);
    expect(headers.get('vary')).toBe('Origin');
    expect(headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('HEAD is GET without the body', async () => {
    const { send, tokens } = await prepare();
    const { status, headers, body } = await send(tokens, { method: 'HEAD' });
    expect([status, headers.get('x-total'), headers.get('content-length'), body]).toEqual([200, '0', '2', null]);
  });

  test('a slash at the end of an address means nothing', async () => {
    const { send, tokens } = await prepare();
    expect((await send(`${tokens}/`)).status).toBe(200);
    expect((await send(`${tokens}//`)).status).toBe(404);
  });

  test('addresses that are not there, and the old API', async () => {
    const { send, fetch } = await prepare();
    const unknown = await send('/nothing/here');
    expect([unknown.status, await unknown.json()]).toEqual([404, { error: '404 Not Found' }]);
    const old = await fetch('/api/v3/projects');
    expect(old.status).toBe(410);
    expect(await old.json()).toEqual({ error: 'API V3 is no longer supported. Use API V4 instead.' });
  });

  test('a method that an address does not take is 405 and names those it takes', async () => {
    const { send, tokens } = await prepare();
    const response = await send(tokens, { method: 'PATCH' });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'HEAD, GET, POST']);
    expect(await response.json()).toEqual({ error: '405 Not Allowed', reason: 'This address takes GET, POST.' });
  });

  test('a path that a project had before: reading is sent to its number, the rest is 405', async () => {
    const { send, fetch, seed, db, project, tokens } = await prepare();
    const old = `old${project.id}/p`;
    await db.insertInto('redirects').values({ path_key: old, project_id: project.id, namespace_id: null }).execute();
    const before = `/projects/${encodeURIComponent(old)}/deploy_tokens`;

    const read = await send(`${before}?active=true`);
    expect(read.status).toBe(301);
    expect(read.headers.get('location')).toBe(`http://postern.test/api/v4${tokens}?active=true`);
    expect((await send(before, { method: 'HEAD' })).status).toBe(301);

    const write = await send(before, { method: 'POST', body: '{}', headers: { 'Content-Type': 'application/json' } });
    expect(write.status).toBe(405);
    expect(await write.json()).toEqual({
      message: '405 Non GET methods are not allowed for moved projects',
      reason: `This project is ${project.full_path} now: use that path, or its number ${project.id}, which never changes.`,
    });

    const stranger = await seed.user();
    const hidden = await fetch(`/api/v4${before}`, { headers: privateToken(stranger.token) });
    expect([hidden.status, await hidden.json()]).toEqual([404, { message: '404 Project Not Found' }]);
  });

  test('PRIVATE-TOKEN and Bearer both take a personal access token', async () => {
    const { fetch, admin, tokens } = await prepare();
    const bearer = { Authorization: `Bearer ${admin.token}` };
    expect((await fetch(`/api/v4${tokens}`, { headers: bearer })).status).toBe(200);
    expect((await fetch(`/api/v4${tokens}`, { headers: privateToken(admin.token) })).status).toBe(200);
  });

  test('a token in the address is refused with a sentence, and is in no log', async () => {
    const { fetch, admin, tokens, lines } = await prepare();
    for (const name of ['private_token', 'access_token']) {
      const response = await fetch(`/api/v4${tokens}?${name}=${admin.token}`);
      expect(response.status).toBe(401);
      const body = (await response.json()) as { message: string; reason: string };
      expect(body.message).toBe('401 Unauthorized');
      expect(body.reason).toStartWith('Tokens in URLs end up in logs');
    }
    expect(lines.filter((line) => line.includes(admin.token))).toEqual([]);
  });

  test('bodies are JSON, a form, or what curl --form sends; another kind is 415', async () => {
    const { send, tokens } = await prepare();
    const form = new FormData();
    form.append('name', 'multipart');
    form.append('scopes[]', 'read_repository');
    form.append('scopes[]', 'read_registry');
    const json = JSON.stringify({ name: 'json', scopes: ['read_repository', 'read_registry'] });
    const pairs = new URLSearchParams('name=form&scopes[]=read_repository&scopes[]=read_registry');
    for (const init of [
      { body: form },
      { body: pairs },
      { body: json, headers: { 'Content-Type': 'application/json; charset=utf-8' } },
    ]) {
      const response = await send(tokens, { method: 'POST', ...init });
      expect(response.status).toBe(201);
      expect(await response.json()).toMatchObject({ scopes: ['read_repository', 'read_registry'] });
    }
    const xml = await send(tokens, { method: 'POST', body: '<a/>', headers: { 'Content-Type': 'text/xml' } });
    expect(xml.status).toBe(415);
    const broken = await send(tokens, { method: 'POST', body: '{', headers: { 'Content-Type': 'application/json' } });
    expect([broken.status, await broken.json()]).toEqual([400, { error: 'The body is not valid JSON' }]);
  });

  test('DELETE takes the body {} that gitbeaker sends', async () => {
    const { send, seed, project, tokens } = await prepare();
    const { id } = await seed.deployToken(project);
    const response = await send(`${tokens}/${id}`, {
      method: 'DELETE',
      body: '{}',
      headers: { 'Content-Type': 'application/json' },
    });
    expect([response.status, await response.text()]).toEqual([204, '']);
  });

  test('pages have the headers of GitLab, and a page too far is empty', async () => {
    const { send, seed, project, tokens } = await prepare();
    for (let i = 0; i < 5; i++) await seed.deployToken(project, { name: `t${i}` });
    const second = await send(`${tokens}?per_page=2&page=2&active=true`);
    const headers = Object.fromEntries(second.headers);
    expect(headers).toMatchObject({
      'x-page': '2',
      'x-per-page': '2',
      'x-next-page': '3',
      'x-prev-page': '1',
      'x-total': '5',
      'x-total-pages': '3',
    });
    const url = (page: number) => `<http://postern.test/api/v4${tokens}?per_page=2&page=${page}&active=true>; rel=`;
    expect(headers['link']).toBe(`${url(1)}"prev", ${url(3)}"next", ${url(1)}"first", ${url(3)}"last"`);

    const last = await send(`${tokens}?per_page=2&page=3`);
    expect([last.headers.get('x-next-page'), ((await last.json()) as unknown[]).length]).toEqual(['', 1]);
    const beyond = await send(`${tokens}?per_page=2&page=9`);
    expect([beyond.status, beyond.headers.get('x-total'), await beyond.json()]).toEqual([200, '5', []]);
    expect((await send(`${tokens}?per_page=5000`)).headers.get('x-per-page')).toBe('100');
  });

  test('a page that is no number is 400 and says what is', async () => {
    const { send, tokens } = await prepare();
    const word = await send(`${tokens}?page=two`);
    expect([word.status, await word.json()]).toMatchObject([400, { error: 'page is invalid' }]);
    const zero = await send(`${tokens}?per_page=0`);
    expect([zero.status, await zero.json()]).toMatchObject([400, { error: 'per_page does not have a valid value' }]);
  });

  test('a personal access token that ended says so in the words of GitLab', async () => {
    const { seed, services, fetch, time } = await prepare();
    const user = await seed.user();
    const { secret } = await services.personalTokens.create(
      user,
      { name: 'short', scopes: ['api'], expiresAt: new Date(time.now - 1).toISOString() },
      (await started).by,
    );
    const response = await fetch('/api/v4/deploy_tokens', { headers: privateToken(secret.reveal()) });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      error: 'invalid_token',
      error_description: 'Token is expired. You can either do re-authorization or token refresh.',
    });
  });
});
