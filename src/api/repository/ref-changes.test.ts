import { afterAll, expect, test } from 'bun:test';
import { apiClient } from '../../../test/support/api-client.ts';
import { createClient } from '../../../test/support/client.ts';
import { makeRepository } from '../../../test/support/git.ts';
import { serveOverPipe } from '../../../test/support/git-over-pipe.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { SYSTEM } from '../../domain/audit/author.ts';

const client = createClient();
afterAll(() => client[Symbol.dispose]());

onEachApp('changes of branches and tags by the API', (started, engine) => {
  const prepare = async (name: string) => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const user = await app.seed.member(group, 'developer');
    const pipe = await serveOverPipe(app, SYSTEM);
    const cwd = await makeRepository(client, `${name}-${engine}`, 2);
    const git = async (...args: string[]) => (await client.ok(['git', ...args], { cwd, env: pipe.env })).stdout.trim();
    await git('push', '-q', pipe.url(project), 'main');
    const refs = async () => (await git('ls-remote', pipe.url(project))).split('\n');
    const journal = async () => (await app.services.repositories.updates(project, null, 100)).slice(0, -1);
    return {
      app,
      group,
      project,
      user,
      git,
      refs,
      journal,
      api: apiClient(app, user.token),
      at: `/projects/${project.id}/repository`,
      [Symbol.dispose]: () => pipe[Symbol.dispose](),
    };
  };

  test('creates and deletes a branch, which is in the journal and the audit log as a push is', async () => {
    using world = await prepare('branch');
    const { api, at, git, refs, journal, app, project, user } = world;
    const first = await git('rev-parse', 'main~1');
    const created = await api.post(`${at}/branches`, { branch: 'topic/one', ref: first });
    expect(created).toMatchObject({
      status: 201,
      body: { name: 'topic/one', merged: true, default: false, can_push: true, commit: { id: first } },
    });
    expect(await refs()).toContain(`${first}\trefs/heads/topic/one`);
    // As gitbeaker and a curl with a query send it.
    expect((await api.post(`${at}/branches?branch=two&ref=main`)).status).toBe(201);
    expect((await api.delete(`${at}/branches/topic%2Fone`)).status).toBe(204);
    expect(await refs()).not.toContain(`${first}\trefs/heads/topic/one`);
    const by = { kind: 'user', id: user.id, name: user.username };
    expect(await journal()).toMatchObject([
      { ref: 'refs/heads/topic/one', old: first, new: null, forced: false, by },
      { ref: 'refs/heads/two', old: null, new: await git('rev-parse', 'main'), by },
      { ref: 'refs/heads/topic/one', old: null, new: first, forced: false, by },
    ]);
    const { items } = await app.services.audit.list(
      { entityKind: 'Project', entityId: project.id, actions: ['repository_pushed'] },
      { page: 1, perPage: 10 },
    );
    expect(items[0]).toMatchObject({ by, details: { refs: [{ ref: 'refs/heads/topic/one', new: null }] } });
  });

  test('refuses a name that is taken or impossible, a missing commit, and to delete the default branch', async () => {
    using world = await prepare('refused');
    const { api, at, refs, journal } = world;
    const before = await refs();
    const create = (branch: string, ref = 'main') => api.post(`${at}/branches`, { branch, ref });
    expect(await create('main')).toMatchObject({ status: 400, body: { message: 'Branch already exists' } });
    for (const name of ['', '-x', 'a..b', 'a b', 'HEAD', '@', 'a.lock', '/a', 'a'.repeat(40), 'x'.repeat(251)])
      expect(await create(name)).toMatchObject({ status: 400, body: { message: 'Branch name is invalid' } });
    expect((await create('main/below')).status).toBe(409);
    const message = "Failed to create branch 'new': invalid reference name 'none'";
    expect(await create('new', 'none')).toMatchObject({ status: 400, body: { message } });
    for (const ref of ['--all', 'main~1', '']) expect((await create('new', ref)).status).toBe(400);
    expect((await api.delete(`${at}/branches/none`)).status).toBe(404);
    expect(await api.delete(`${at}/branches/main`)).toMatchObject({
      status: 400,
      body: { message: 'The default branch of a project cannot be deleted.' },
    });
    expect(await refs()).toEqual(before);
    expect(await journal()).toEqual([]);
    expect(await world.app.db.selectFrom('pushes').selectAll().where('pending', 'is not', null).execute()).toEqual([]);
  });

  test('creates light and annotated tags, and deletes them', async () => {
    using world = await prepare('tags');
    const { api, at, git, user, app, project } = world;
    const head = await git('rev-parse', 'main');
    const light = await api.post(`${at}/tags`, { tag_name: 'light', ref: 'main' });
    expect(light).toMatchObject({
      status: 201,
      body: { name: 'light', message: '', target: head, commit: { id: head } },
    });
    const annotated = await api.post(`${at}/tags`, {
      tag_name: 'v1.0',
      ref: head,
      message: 'First <release>\n\nMore\n',
    });
    expect(annotated).toMatchObject({
      status: 201,
      body: { message: 'First <release>\n\nMore', commit: { id: head }, created_at: expect.any(String) },
    });
    expect(annotated.body.target).not.toBe(head);
    const pipe = await serveOverPipe(app, SYSTEM);
    await client.ok(['git', 'fetch', '-q', pipe.url(project), '+refs/tags/*:refs/tags/*'], {
      cwd: client.path(`tags-${engine}`),
      env: pipe.env,
    });
    pipe[Symbol.dispose]();
    const { name, email } = await app.services.users.get(user.id);
    expect(await git('for-each-ref', '--format=%(taggername) %(taggeremail)', 'refs/tags/v1.0')).toBe(
      `${name} <${email}>`,
    );
    expect(await git('fsck', '--strict')).toBe('');
    expect(await api.post(`${at}/tags`, { tag_name: 'v1.0', ref: 'main' })).toMatchObject({
      status: 400,
      body: { message: 'Tag v1.0 already exists' },
    });
    expect((await api.post(`${at}/tags`, { tag_name: 'v 2', ref: 'main' })).body.message).toBe('Tag name invalid');
    expect((await api.post(`${at}/tags`, { tag_name: 'nul', ref: 'main', message: 'a\0b' })).status).toBe(201);
    expect((await api.delete(`${at}/tags/nul`)).status).toBe(204);
    expect((await api.post(`${at}/tags`, { tag_name: 'v2', ref: 'no' })).body.message).toBe('Target no is invalid');
    expect((await api.delete(`${at}/tags/v1.0`)).status).toBe(204);
    expect((await api.get(`${at}/tags`)).rows.map((tag) => tag.name)).toEqual(['light']);
  });

  test('is for developers: reporters, read-only tokens and deploy tokens change nothing', async () => {
    using world = await prepare('roles');
    const { app, group, project, refs, at } = world;
    const before = await refs();
    const reporter = await app.seed.member(group, 'reporter');
    const reader = await app.seed.member(group, 'maintainer', { scopes: ['read_api', 'read_repository'] });
    for (const { token } of [reporter, reader]) {
      const api = apiClient(app, token);
      expect((await api.get(`${at}/branches/main`)).body.can_push).toBe(false);
      expect((await api.post(`${at}/branches`, { branch: 'a', ref: 'main' })).status).toBe(403);
      expect((await api.post(`${at}/tags`, { tag_name: 'a', ref: 'main' })).status).toBe(403);
      expect((await api.delete(`${at}/branches/main`)).status).toBe(403);
    }
    const { secret } = await app.seed.deployToken(project, { scopes: ['read_repository'] });
    expect((await apiClient(app, secret).get(`${at}/tree`)).status).toBe(401);
    expect((await apiClient(app).get(`${at}/tree`)).status).toBe(404);
    expect(await refs()).toEqual(before);
  });

  test('an archived project, and one without its repository, refuse', async () => {
    using world = await prepare('archived');
    const { app, api, at, project } = world;
    await app.services.projects.archive(project, true, app.by);
    expect((await api.post(`${at}/branches`, { branch: 'a', ref: 'main' })).status).toBe(403);
    expect((await api.get(`${at}/tree`)).status).toBe(200);
    await app.services.projects.archive(project, false, app.by);
    await app.services.projects.update(project, { features: { repository: false } }, app.by);
    for (const path of ['tree', 'branches', 'files/file.txt?ref=main'])
      expect((await api.get(`${at}/${path}`)).status).toBe(403);
  });
});
