/**
 * The attack: name a thing of someone else by its number under an address of one's own (CVE-2022-31667 Harbor: another
 * project's robot; CVE-2026-32589 Quay), or send a field along that one may not set (CVE-2019-16097 Harbor:
 * `has_admin_role`), or write by a GET (CVE-2026-24059 Gitea), or ask for one service in the query and use another
 * (soft-serve 0.12.1).
 */

import { expect, test } from 'bun:test';
import { sql } from 'kysely';
import { apiClient } from '../support/api-client.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { addressOfRow, namedBy } from '../support/row-address.ts';
import { PASSWORD } from '../support/seed.ts';

async function scene(engine: 'sqlite' | 'postgres') {
  const app = await startApp(engine);
  const root = apiClient(app, (await app.seed.user({ admin: true })).token);
  const mallory = await app.seed.user();
  const victim = await app.seed.user();
  const mine = await app.seed.group();
  const theirs = await app.seed.group();
  const project = await app.seed.project(mine);
  const hidden = await app.seed.project(theirs);
  await root.post(`/groups/${mine.id}/members`, { user_id: mallory.id, access_level: 50 });
  await root.post(`/groups/${theirs.id}/members`, { user_id: victim.id, access_level: 50 });
  return { app, root, mallory, victim, mine, theirs, project, hidden, api: apiClient(app, mallory.token) };
}

const counts = async (app: TestApp) => {
  const tables = await app.db.introspection.getTables();
  const rows = await Promise.all(
    tables.map(async ({ name }) => [name, (await sql`select * from ${sql.table(name)}`.execute(app.db)).rows] as const),
  );
  return JSON.stringify(
    rows.sort(([a], [b]) => a.localeCompare(b)),
    (key, value) => (key.startsWith('last_used') ? null : value),
  );
};

onEachEngine("other people's ids", (engine) => {
  test("a token, member or event of another owner is not there under an address of one's own", async () => {
    const { app, root, victim, mine, theirs, project, hidden, api } = await scene(engine);
    await using _ = app;
    const ofProject = await app.seed.deployToken(hidden);
    const ofGroup = await app.seed.deployToken(theirs);
    const before = await counts(app);
    for (const { id } of [ofProject, ofGroup]) {
      for (const own of [`/projects/${project.id}`, `/groups/${mine.id}`]) {
        expect((await api.get(`${own}/deploy_tokens/${id}`)).status).toBe(404);
        expect((await api.delete(`${own}/deploy_tokens/${id}`)).status).toBe(404);
      }
      for (const other of [`/projects/${hidden.id}`, `/groups/${theirs.id}`])
        expect((await api.delete(`${other}/deploy_tokens/${id}`)).status).toBe(404);
    }
    // Not even an administrator reaches it under the wrong owner: the address says whose it is.
    expect((await root.get(`/projects/${project.id}/deploy_tokens/${ofProject.id}`)).status).toBe(404);
    expect((await root.get(`/groups/${theirs.id}/deploy_tokens/${ofProject.id}`)).status).toBe(404);
    const { rows: pats } = await root.get(`/personal_access_tokens?user_id=${victim.id}`);
    const pat = Number(pats[0]?.['id']);
    expect(pat).toBeGreaterThan(0);
    for (const answer of [
      await api.get(`/personal_access_tokens/${pat}`),
      await api.delete(`/personal_access_tokens/${pat}`),
      await api.post(`/personal_access_tokens/${pat}/rotate`),
    ])
      expect(answer.status).toBe(404);
    expect((await api.get(`/personal_access_tokens?user_id=${victim.id}`)).status).toBe(403);
    for (const own of [`/projects/${project.id}`, `/groups/${mine.id}`]) {
      expect((await api.delete(`${own}/members/${victim.id}`)).status).toBe(404);
      expect((await api.put(`${own}/members/${victim.id}`, { access_level: 10 })).status).toBe(404);
    }
    const { rows: events } = await root.get('/audit_events?per_page=100');
    const foreign = events.filter(
      (event) => String(event['entity_type']) === 'Project' && Number(event['entity_id']) === hidden.id,
    );
    expect(foreign.length).toBeGreaterThan(0);
    for (const event of foreign)
      expect((await api.get(`/projects/${project.id}/audit_events/${event['id']}`)).status).toBe(404);
    expect(await counts(app)).toBe(before);
  });

  test('fields that one may not set are not set by sending them along', async () => {
    const { app, mallory, victim, mine, theirs, project, api, root } = await scene(engine);
    await using _ = app;
    const extra = {
      admin: true,
      is_admin: true,
      id: 1,
      creator_id: victim.id,
      owner_id: victim.id,
      access_level: 50,
      user_id: mallory.id,
      lineage: '/1/',
      hash: 'x',
      token: 'gldt-x',
      revoked: true,
      namespace_kind: 'user',
      archived: true,
      created_at: 0,
    };
    const made = await api.post('/projects', { ...extra, name: 'fine', path: 'fine', namespace_id: mine.id });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ archived: false, creator_id: mallory.id, path: 'fine' } as object);
    expect(
      (await api.post('/projects', { name: 'x', path: 'x', namespace_id: theirs.id })).status,
    ).toBeGreaterThanOrEqual(400);
    expect(
      (await api.post('/groups', { name: 'x', path: 'below', parent_id: theirs.id })).status,
    ).toBeGreaterThanOrEqual(400);
    expect(
      (await api.put(`/projects/${project.id}`, { ...extra, namespace_id: theirs.id, description: 'd' })).status,
    ).toBeLessThan(500);
    expect((await api.put(`/projects/${project.id}/transfer`, { namespace: theirs.id })).status).toBeGreaterThanOrEqual(
      400,
    );
    const token = await api.post(`/projects/${project.id}/deploy_tokens`, {
      ...extra,
      name: 't',
      scopes: ['read_repository'],
      project_id: 1,
      namespace_id: theirs.id,
    });
    expect([token.status, token.body['revoked'], String(token.body['token']) === 'gldt-x']).toEqual([
      201,
      false,
      false,
    ] as never);
    const row = await app.db
      .selectFrom('projects')
      .select(['namespace_id', 'archived'])
      .where('id', '=', project.id)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ namespace_id: mine.id, archived: 0 });
    // Nobody gives away more than they have, nor makes themselves more than they are.
    await root.post(`/groups/${mine.id}/members`, { user_id: (await app.seed.user()).id, access_level: 50 });
    expect((await root.put(`/groups/${mine.id}/members/${mallory.id}`, { access_level: 40 })).status).toBe(200);
    expect(
      (await api.put(`/groups/${mine.id}/members/${mallory.id}`, { access_level: 50 })).status,
    ).toBeGreaterThanOrEqual(400);
    expect(
      (await api.post(`/projects/${project.id}/members`, { user_id: victim.id, access_level: 50 })).status,
    ).toBeGreaterThanOrEqual(400);
    expect(
      (await api.post('/users', { ...extra, username: 'new', name: 'x', email: 'n@example.com', password: PASSWORD }))
        .status,
    ).toBe(403);
    const me = await api.get('/user');
    expect([me.body['is_admin'], me.body['id']]).toEqual([false, mallory.id] as never);
  });

  test('no GET writes, for any caller and any query', async () => {
    const { app, mine, project } = await scene(engine);
    await using _ = app;
    const admin = await app.seed.user({ admin: true });
    const named = namedBy(mine, project);
    const before = await counts(app);
    let asked = 0;
    for (const route of app.app.protocols.flatMap((protocol) => protocol.routes)) {
      if (route.method !== 'GET') continue;
      const url = addressOfRow(route, named, 'path') ?? '';
      const more = `${url}${url.includes('?') ? '&' : '?'}archived=true&visibility=public&access_level=50&name=x&_method=DELETE`;
      for (const path of [url, more])
        for (const headers of [privateToken(admin.token), basic(admin.username, admin.token)]) {
          const { status } = await app.fetch(path, { headers });
          expect([path, status === 500]).toEqual([path, false]);
          asked += 1;
        }
    }
    expect(asked).toBeGreaterThan(80);
    expect(await counts(app)).toBe(before);
  });

  test('the row that is matched decides, not the service that the query or the body names', async () => {
    const { app, project } = await scene(engine);
    await using _ = app;
    const token = await app.seed.deployToken(project);
    const headers = basic(token.username, token.secret);
    const ask = async (path: string, init: RequestInit = {}) =>
      (await app.fetch(`/${project.full_path}.git/${path}`, { ...init, headers: { ...headers, ...init.headers } }))
        .status;
    const type = { 'Content-Type': 'application/x-git-receive-pack-request' };
    for (const query of [
      '',
      '?service=git-upload-pack',
      '?service=git-upload-pack&service=git-receive-pack',
      '?Service=git-upload-pack',
    ])
      expect([query, await ask(`git-receive-pack${query}`, { method: 'POST', headers: type, body: '0000' })]).toEqual([
        query,
        403,
      ]);
    for (const query of [
      'service=git-receive-pack',
      'service=git-receive-pack&service=git-upload-pack',
      'service=git%2dreceive-pack',
    ])
      expect([query, await ask(`info/refs?${query}`)]).toEqual([query, 403]);
    const both = await app.fetch(
      `/${project.full_path}.git/info/refs?service=git-upload-pack&service=git-receive-pack`,
      { headers },
    );
    expect((await both.text()).includes('git-receive-pack')).toBe(false);
    const lfs = { 'Content-Type': 'application/vnd.git-lfs+json', Accept: 'application/vnd.git-lfs+json' };
    const batch = JSON.stringify({
      operation: 'upload',
      transfers: ['basic'],
      objects: [{ oid: 'a'.repeat(64), size: 1 }],
    });
    for (const query of ['', '?service=git-upload-pack', '?operation=download'])
      expect([
        query,
        await ask(`info/lfs/objects/batch${query}`, { method: 'POST', headers: lfs, body: batch }),
      ]).toEqual([query, 403]);
    const twice = `{"operation":"download",${batch.slice(1)}`;
    expect(await ask('info/lfs/objects/batch', { method: 'POST', headers: lfs, body: twice })).toBe(403);
    expect(
      await ask(`gitlab-lfs/objects/${'a'.repeat(64)}/1?service=git-upload-pack`, { method: 'PUT', body: 'x' }),
    ).toBe(403);
  });

  test('links never say what the Host header says', async () => {
    const { app, mallory, project } = await scene(engine);
    await using _ = app;
    const evil = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'gopher',
      Forwarded: 'host=evil.example',
    };
    const paths = [
      '/api/v4/user',
      `/api/v4/projects/${project.id}`,
      '/api/v4/projects?per_page=1',
      '/api/v4/users?per_page=1',
      '/v2/',
      `/${project.full_path}/info/refs?service=git-upload-pack`,
    ];
    for (const path of paths) {
      for (const who of [privateToken(mallory.token), basic(mallory.username, mallory.token), {}]) {
        const answer = await app.fetch(`http://evil.example${path}`, { headers: { ...who, ...evil } });
        expect([path, `${JSON.stringify([...answer.headers])}${await answer.text()}`.includes('evil')]).toEqual([
          path,
          false,
        ]);
      }
    }
  });
});
