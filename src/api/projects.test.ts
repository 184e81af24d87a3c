import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import type { CompiledQuery } from 'kysely';
import { apiClient, type Json } from '../../test/support/api-client.ts';
import { basic } from '../../test/support/app.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { inspectToken } from '../lib/token-format.ts';

onEachApp('projects by the API', (started, engine) => {
  /** Someone with a group of their own. */
  const setUp = async (visibility = 'private') => {
    const app = await started;
    const user = await app.seed.user();
    const api = apiClient(app, user.token);
    const group = (await api.post('/groups', { name: 'Group', path: `of-${user.username}`, visibility })).body;
    return { app, user, api, group };
  };
  const names = (rows: Json[]): string[] => rows.map((row) => row.name);

  test('a name makes the path and a path the name; neither is an error', async () => {
    const { user, api } = await setUp();
    expect((await api.post('/projects', { name: 'Ünder the Sea!' })).body).toMatchObject({
      name: 'Ünder the Sea!',
      path: 'under-the-sea',
      path_with_namespace: `${user.username}/under-the-sea`,
      visibility: 'private',
    });
    expect((await api.post('/projects', { path: 'only.path' })).body).toMatchObject({ name: 'only.path' });
    const none = await api.post('/projects', { visibility: 'public' });
    expect([none.status, none.body.error]).toEqual([
      400,
      'name, path are missing, at least one parameter must be provided',
    ]);
    const silent = await api.post('/projects', { name: '!!!' });
    expect([silent.status, silent.body.message]).toEqual([400, "Path can't be blank"]);
  });

  test('the reason why a project cannot be created is reported', async () => {
    const { app, api, group } = await setUp();
    const first = { name: 'One', path: 'one', namespace_id: group.id };
    expect((await api.post('/projects', first)).status).toBe(201);
    const taken = await api.post('/projects', { ...first, path: 'ONE' });
    expect([taken.status, taken.body.message]).toEqual([400, 'Path has already been taken']);
    const wide = await api.post('/projects', { name: 'Two', namespace_id: group.id, visibility: 'public' });
    expect([wide.status, wide.body.message]).toEqual([
      400,
      'Visibility level public is not allowed in a private group.',
    ]);
    const nowhere = await api.post('/projects', { name: 'Two', namespace_id: 999_999 });
    expect(nowhere.status).toBe(404);
    const stranger = apiClient(app, (await app.seed.user()).token);
    const hidden = await stranger.post('/projects', { name: 'Two', namespace_id: group.id });
    expect([hidden.status, hidden.body]).toEqual([nowhere.status, nowhere.body]);
    const { user: other } = await setUp();
    const personal = (await stranger.get('/namespaces')).rows;
    expect(personal).toHaveLength(1);
    const theirs = await app.services.access.personalNamespace(other.id);
    if (theirs.on !== 'group') throw new Error('no personal namespace');
    const intruder = await stranger.post('/projects', { name: 'Two', namespace_id: theirs.group.id });
    expect(intruder.status).toBe(403);
    expect((await stranger.post('/projects', { name: 'Two', namespace_id: personal[0].id })).status).toBe(201);
  });

  test('a developer of a group makes projects in it, a reporter does not', async () => {
    const { app, api, group } = await setUp();
    for (const [level, status] of [
      [20, 403],
      [30, 201],
    ] as const) {
      const user = await app.seed.user();
      await api.post(`/groups/${group.id}/members`, { user_id: user.id, access_level: level });
      const made = await apiClient(app, user.token).post('/projects', { name: user.username, namespace_id: group.id });
      expect(made.status).toBe(status);
    }
  });

  test('features and settings are changed, and only those that are named', async () => {
    const { api, group } = await setUp('internal');
    const project = (await api.post('/projects', { name: 'Set', namespace_id: group.id, packages_enabled: false }))
      .body;
    expect(project).toMatchObject({
      packages_enabled: false,
      lfs_enabled: true,
      container_registry_access_level: 'enabled',
    });
    const changed = await api.put(`/projects/${project.id}`, {
      description: 'New',
      visibility: 'internal',
      container_registry_access_level: 'disabled',
      repository_access_level: 'private',
      some_setting_of_gitlab: true,
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({
      ...project,
      description: 'New',
      visibility: 'internal',
      repository_access_level: 'private',
      container_registry_enabled: false,
      container_registry_access_level: 'disabled',
    });
    const cleared = await api.put(`/projects/${project.id}`, { description: '', container_registry_enabled: 'true' });
    expect(cleared.body).toMatchObject({ description: '', container_registry_enabled: true });
    // The older words switch, and do not open what is for members alone.
    await api.put(`/projects/${project.id}`, { package_registry_access_level: 'private' });
    for (const packages_enabled of [false, true]) await api.put(`/projects/${project.id}`, { packages_enabled });
    const kept = await api.get(`/projects/${project.id}`);
    expect(kept.body).toMatchObject({ packages_enabled: true, package_registry_access_level: 'private' });
    const opened = await api.put(`/projects/${project.id}`, { package_registry_access_level: 'enabled' });
    expect(opened.body).toMatchObject({ package_registry_access_level: 'enabled' });
    const wrong = await api.put(`/projects/${project.id}`, { package_registry_access_level: 'public' });
    expect([wrong.status, wrong.body.error]).toEqual([
      400,
      'package_registry_access_level does not have a valid value',
    ]);
    const wide = await api.put(`/projects/${project.id}`, { visibility: 'public' });
    expect([wide.status, wide.body.message]).toEqual([
      400,
      'Visibility level public is not allowed in a internal group.',
    ]);
    expect((await api.put(`/projects/${project.id}`, { visibility: 'secret' })).body.error).toBe(
      'visibility does not have a valid value',
    );
  });

  test('a renamed project is found by number, and by its old path with a redirect; git follows too', async () => {
    const { app, api, group } = await setUp();
    const project = (await api.post('/projects', { name: 'App', path: 'old-app', namespace_id: group.id })).body;
    const token = (await api.post(`/projects/${project.id}/deploy_tokens`, { name: 't', scopes: ['read_repository'] }))
      .body;
    const renamed = await api.put(`/projects/${project.id}`, { path: 'new-app' });
    expect(renamed.body).toMatchObject({ path: 'new-app', path_with_namespace: `${group.full_path}/new-app` });
    const old = await api.get(`/projects/${encodeURIComponent(project.path_with_namespace)}`);
    expect([old.status, old.headers.get('location')]).toEqual([
      301,
      `http://postern.test/api/v4/projects/${project.id}`,
    ]);
    expect((await api.delete(`/projects/${encodeURIComponent(project.path_with_namespace)}`)).status).toBe(405);
    const refs = `/${project.path_with_namespace}.git/info/refs?service=git-upload-pack`;
    const git = await app.fetch(refs, { headers: basic(token.username, token.token), redirect: 'manual' });
    expect([200, 301]).toContain(git.status);
    await git.body?.cancel();
  });

  test('a maintainer changes a project but neither moves, archives nor deletes it', async () => {
    const { app, api, group } = await setUp();
    const project = (await api.post('/projects', { name: 'P', namespace_id: group.id })).body;
    const user = await app.seed.user();
    await api.post(`/projects/${project.id}/members`, { user_id: user.id, access_level: 40 });
    const maintainer = apiClient(app, user.token);
    expect((await maintainer.put(`/projects/${project.id}`, { name: 'Q' })).status).toBe(200);
    const refused = [
      await maintainer.put(`/projects/${project.id}`, { path: 'q' }),
      await maintainer.put(`/projects/${project.id}/transfer`, { namespace: user.username }),
      await maintainer.post(`/projects/${project.id}/archive`),
      await maintainer.delete(`/projects/${project.id}`),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await api.get(`/projects/${project.id}`)).body).toMatchObject({ name: 'Q', path: 'p', archived: false });
  });

  test('a project is moved by number and by path, to groups and to the personal namespace', async () => {
    const { app, user, api, group } = await setUp('public');
    const target = (await api.post('/groups', { name: 'To', path: `to-${user.username}` })).body;
    const project = (await api.post('/projects', { name: 'Move', namespace_id: group.id, visibility: 'public' })).body;
    const path = `/projects/${project.id}/transfer`;
    const moved = await api.put(path, { namespace: target.full_path });
    expect(moved.status).toBe(200);
    expect(moved.body).toMatchObject({ path_with_namespace: `${target.full_path}/move`, visibility: 'private' });
    const same = await api.put(path, { namespace: target.id });
    expect([same.status, same.body.message]).toEqual([400, 'Project is already in this namespace.']);
    expect((await api.put(path, { namespace: user.username })).body).toMatchObject({ namespace: { kind: 'user' } });
    await api.post('/projects', { name: 'Move', namespace_id: group.id });
    const taken = await api.put(path, { namespace: String(group.id) });
    expect([taken.status, taken.body.message]).toEqual([
      400,
      'Project with same name or path in target namespace already exists',
    ]);
    const { group: foreign } = await setUp();
    expect((await api.put(path, { namespace: foreign.id })).status).toBe(404);
    const filter = { entityKind: 'Project', entityId: project.id } as const;
    const { items } = await app.services.audit.list(filter, { page: 1, perPage: 10 });
    expect(items.map(({ action }) => action)).toEqual([
      'project_transferred',
      'project_transferred',
      'project_created',
    ]);
    expect(items[1]?.details).toMatchObject({ visibility: { from: 'public', to: 'private' } });
  });

  test('an archived project says so and can be made writable again', async () => {
    const { api, group } = await setUp();
    const project = (await api.post('/projects', { name: 'A', namespace_id: group.id })).body;
    const archived = await api.post(`/projects/${project.id}/archive`);
    expect([archived.status, archived.body.archived]).toEqual([201, true]);
    expect(names((await api.get('/projects?owned=true&archived=true')).rows)).toEqual(['A']);
    expect(names((await api.get('/projects?owned=true&archived=false')).rows)).toEqual([]);
    expect((await api.post(`/projects/${project.id}/unarchive`)).body.archived).toBe(false);
  });

  test('a deleted project is gone with its repository, and its path is free', async () => {
    const { app, api, group } = await setUp();
    const project = (await api.post('/projects', { name: 'Gone', namespace_id: group.id })).body;
    const token = (await api.post(`/projects/${project.id}/deploy_tokens`, { name: 't', scopes: ['read_repository'] }))
      .body;
    const refs = `/${project.path_with_namespace}.git/info/refs?service=git-upload-pack`;
    const git = await app.fetch(refs, { headers: basic(token.username, token.token) });
    expect(git.status).toBe(200);
    await git.body?.cancel();
    const folder = app.path('repositories', (project.id % 256).toString(16).padStart(2, '0'), `${project.id}.git`);
    expect(existsSync(folder)).toBe(true);
    const gone = await api.delete(`/projects/${project.id}`);
    expect([gone.status, gone.body]).toEqual([202, { message: '202 Accepted' }]);
    expect(existsSync(folder)).toBe(false);
    expect((await api.get(`/projects/${project.id}`)).body).toEqual({ message: '404 Project Not Found' });
    expect((await app.services.deployTokens.check(inspectToken(token.token))).outcome).toBe('unknown');
    const again = (await api.post('/projects', { name: 'Gone', namespace_id: group.id })).body;
    expect(again.path).toBe('gone');
    expect(again.id).toBeGreaterThan(project.id);
  });

  test('lists show what one may see and nothing else', async () => {
    const app = await started;
    const mark = `visible${engine}`;
    const { api, group, user } = await setUp('public');
    for (const visibility of ['private', 'internal', 'public'])
      await api.post('/projects', { name: `${mark} ${visibility}`, namespace_id: group.id, visibility });
    const secret = (await api.post('/groups', { name: `${mark} secret`, path: `secret-${user.username}` })).body;
    await api.post('/projects', { name: `${mark} secret`, namespace_id: secret.id });
    const admin = await app.seed.user({ admin: true });
    const guest = await app.seed.user();
    await api.post(`/groups/${secret.id}/members`, { user_id: guest.id, access_level: 10 });
    const seen = async (token: string | undefined, list: string) =>
      names((await apiClient(app, token).get(`/${list}?search=${mark}&order_by=name&sort=asc`)).rows).map((name) =>
        name.slice(mark.length + 1),
      );
    const all = ['internal', 'private', 'public', 'secret'];
    expect(await seen(undefined, 'projects')).toEqual(['public']);
    expect(await seen((await app.seed.user()).token, 'projects')).toEqual(['internal', 'public']);
    expect(await seen(guest.token, 'projects')).toEqual(['internal', 'public', 'secret']);
    expect(await seen(user.token, 'projects')).toEqual(all);
    expect(await seen(admin.token, 'projects')).toEqual(all);
    expect(await seen(undefined, 'groups')).toEqual([]);
    expect(await seen((await app.seed.user()).token, 'groups')).toEqual([]);
    expect(await seen(guest.token, 'groups')).toEqual(['secret']);
    expect(await seen(admin.token, 'groups')).toEqual(['secret']);
    expect(await seen((await app.seed.user()).token, `groups/${group.id}/projects`)).toEqual(['internal', 'public']);
  });

  test('lists are filtered, ordered and cut into pages by the database', async () => {
    const { api, app, group, user } = await setUp('public');
    for (const name of ['b_1', 'a%1', 'c1'])
      await api.post('/projects', {
        name,
        path: name.replace('%', ''),
        namespace_id: group.id,
        visibility: name === 'c1' ? 'public' : 'private',
      });
    await api.post('/projects', { name: 'mine' });
    const list = async (query: string) => names((await api.get(`/projects?membership=true&${query}`)).rows);
    expect(await list('order_by=name&sort=asc')).toEqual(['a%1', 'b_1', 'c1', 'mine']);
    expect(await list('')).toEqual(['mine', 'c1', 'a%1', 'b_1']);
    expect(await list('search=%251')).toEqual(['a%1']);
    expect(await list('search=_')).toEqual(['b_1']);
    expect(await list('search=C1')).toEqual(['c1']);
    expect(await list('visibility=public')).toEqual(['c1']);
    const of = `search=${encodeURIComponent(`OF-${user.username}/B`)}`;
    expect([await list(of), await list(`${of}&search_namespaces=true`)]).toEqual([[], ['b_1']]);
    const page = await api.get('/projects?owned=true&order_by=id&sort=asc&per_page=3&page=2');
    expect(names(page.rows)).toEqual(['mine']);
    expect([page.headers.get('x-total'), page.headers.get('x-total-pages')]).toEqual(['4', '2']);
    const simple = (await api.get('/projects?owned=true&simple=true')).rows[0];
    expect(simple).toMatchObject({ name: 'mine' });
    expect(simple.permissions).toBeUndefined();
    const other = await app.seed.user();
    await api.post(`/groups/${group.id}/members`, { user_id: other.id, access_level: 30 });
    const theirs = apiClient(app, other.token);
    expect((await theirs.get('/projects?owned=true')).rows).toEqual([]);
    expect((await theirs.get('/projects?membership=true')).rows).toHaveLength(3);
    expect((await theirs.get('/projects?min_access_level=40')).rows).toEqual([]);
    expect((await theirs.get('/groups?min_access_level=30')).rows).toMatchObject([
      { full_path: `of-${user.username}` },
    ]);
    expect((await theirs.get('/groups?owned=true')).rows).toEqual([]);
    expect((await theirs.get('/groups?all_available=false')).rows).toHaveLength(1);
    const skipping = (ids: string) => theirs.get(`/groups?all_available=false&${ids}`);
    expect((await skipping(`skip_groups[]=${group.id}`)).rows).toEqual([]);
    expect((await skipping(`skip_groups=${group.id},888888`)).rows).toEqual([]);
    expect((await skipping('skip_groups[]=888888')).rows).toHaveLength(1);
    const odd = await api.get('/projects?order_by=stars&unknown=1');
    expect([odd.status, odd.body.error]).toEqual([400, 'order_by does not have a valid value']);
  });

  test('a list of many projects takes as many queries as a list of one', async () => {
    const { api, app, group } = await setUp();
    const count = async (): Promise<number> => {
      let queries = 0;
      const executor = Object.getPrototypeOf(app.db.getExecutor());
      const { executeQuery } = executor;
      // Writes outside the request, such as a token's last use, are not counted.
      executor.executeQuery = function (query: CompiledQuery, ...rest: unknown[]) {
        if (/^select/.test(query.sql) && /"(projects|namespaces|routes)"/.test(query.sql)) queries += 1;
        return executeQuery.apply(this, [query, ...rest]);
      };
      try {
        expect((await api.get(`/groups/${group.id}/projects?per_page=100`)).status).toBe(200);
      } finally {
        executor.executeQuery = executeQuery;
      }
      return queries;
    };
    await api.post('/projects', { name: 'p', namespace_id: group.id });
    const one = await count();
    expect(one).toBeGreaterThan(1);
    for (let i = 0; i < 20; i++) await api.post('/projects', { name: `p${i}`, namespace_id: group.id });
    expect(await count()).toBe(one);
  });

  test('a read-only or narrow personal token makes nothing', async () => {
    const { app } = await setUp();
    for (const scopes of [['read_api'], ['write_repository']]) {
      const user = await app.seed.user({ scopes });
      const made = await apiClient(app, user.token).post('/projects', { name: 'x' });
      expect([made.status, made.body.error]).toEqual([403, 'insufficient_scope']);
    }
    const anonymous = await apiClient(app).post('/projects', { name: 'x' });
    expect(anonymous.status).toBe(401);
  });
});
