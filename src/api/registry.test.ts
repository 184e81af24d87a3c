import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import type { TestApp } from '../../test/support/app.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { createRegistryClient, imageManifest, indexOf, sha256 } from '../../test/support/registry.ts';
import { DAY, HOUR } from '../lib/clock.ts';

onEachApp('the registry in the API', (started) => {
  /** A private project in a group, and someone in each role. */
  const setUp = async () => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(await app.seed.group(group));
    const as = async (role: 'reporter' | 'developer' | 'maintainer') => {
      const user = await app.seed.member(group, role);
      return { ...apiClient(app, user.token), user };
    };
    const reporter = await as('reporter');
    const developer = await as('developer');
    const maintainer = await as('maintainer');
    const login = { username: maintainer.user.username, secret: maintainer.user.token };
    return {
      app,
      group,
      project,
      reporter,
      developer,
      maintainer,
      repositories: `/projects/${project.id}/registry/repositories`,
      push: (name: string, tag: string, text = tag) => push(app, login, name, tag, text),
      remove: (name: string, rest: string, who = login) => remove(app, who, name, rest),
    };
  };

  /** An image of one layer with this text. */
  const push = async (app: TestApp, login: Login, name: string, tag: string, text: string, created?: string) => {
    const client = createRegistryClient(app);
    const headers = await client.signIn(login, `repository:${name}:pull,push`);
    const layer = await client.pushBlob(headers, name, text);
    const config = await client.pushBlob(headers, name, JSON.stringify({ created }));
    const manifest = imageManifest(config, [layer]);
    expect((await client.putManifest(headers, name, tag, manifest)).status).toBe(201);
    return { digest: sha256(JSON.stringify(manifest)), bytes: JSON.stringify(manifest).length, config, layer };
  };

  const remove = async (app: TestApp, login: Login, name: string, rest: string) => {
    const headers = await createRegistryClient(app).signIn(login, `repository:${name}:delete`);
    return app.fetch(`/v2/${name}/${rest}`, { method: 'DELETE', headers });
  };

  const eventsOf = async ({ services }: TestApp, projectId: number) => {
    const { items } = await services.audit.list(
      { entityKind: 'Project', entityId: projectId },
      { page: 1, perPage: 50 },
    );
    return items
      .filter(({ action }) => action.startsWith('container_'))
      .map(
        ({ action, by, target, details }) =>
          ({ action, by: by.name, target: target.name, ...details }) as Record<string, unknown>,
      );
  };

  test('images and tags are listed and shown as GitLab shows them', async () => {
    const { app, project, group, reporter, repositories, push } = await setUp();
    const name = `${project.full_path}/app/web`;
    const { digest, bytes, config, layer } = await push(name, 'v1');
    await push(project.full_path, 'v1');
    const { status, rows, headers } = await reporter.get(`${repositories}?tags=true&tags_count=1`);
    expect([status, headers.get('x-total')]).toEqual([200, '2']);
    const location = `postern.test/${name}`;
    const created_at = new Date(app.time.now).toISOString();
    expect(rows[0]).toEqual({
      id: expect.any(Number),
      name: 'app/web',
      path: name,
      project_id: project.id,
      location,
      created_at,
      cleanup_policy_started_at: null,
      status: null,
      tags_count: 1,
      tags: [{ name: 'v1', path: `${name}:v1`, location: `${location}:v1` }],
    });
    expect(rows[1]).toMatchObject({ name: '', path: project.full_path });
    const { id } = rows[0];
    const one = await reporter.get(`/registry/repositories/${id}?size=true`);
    expect(one.body).toMatchObject({ id, path: name, size: layer.size + config.size + bytes });
    expect(one.body.tags).toBeUndefined();
    const below = await reporter.get(`/groups/${group.id}/registry/repositories`);
    expect(below.rows.map((row) => row.path)).toEqual([name, project.full_path]);

    const listed = await reporter.get(`${repositories}/${id}/tags`);
    expect(listed.rows).toEqual(rows[0].tags);
    const tag = await reporter.get(`${repositories}/${id}/tags/v1`);
    const revision = config.digest.slice('sha256:'.length);
    expect(tag.body).toEqual({
      ...rows[0].tags[0],
      revision,
      short_revision: revision.slice(0, 9),
      digest,
      created_at: null,
      published_at: created_at,
      total_size: 2 + 2,
    });
  });

  test('a tag tells when its image was built; a list of images was built at no time', async () => {
    const { app, project, maintainer, repositories } = await setUp();
    const login = { username: maintainer.user.username, secret: maintainer.user.token };
    const name = project.full_path;
    const { digest, bytes } = await push(app, login, name, 'old', 'x', '1970-01-01T00:00:01Z');
    const client = createRegistryClient(app);
    const headers = await client.signIn(login, `repository:${name}:pull,push`);
    const index = indexOf([{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: bytes }]);
    const type = 'application/vnd.oci.image.index.v1+json';
    expect((await client.putManifest(headers, name, 'list', index, type)).status).toBe(201);
    const [image] = (await maintainer.get(repositories)).rows;
    const shown = async (tag: string) => (await maintainer.get(`${repositories}/${image.id}/tags/${tag}`)).body;
    expect(await shown('old')).toMatchObject({ created_at: '1970-01-01T00:00:01.000Z' });
    expect(await shown('list')).toMatchObject({ created_at: null, revision: null, short_revision: null });
  });

  test('a Developer deletes a tag; an image, and tags by pattern, take a Maintainer', async () => {
    const { app, project, reporter, developer, maintainer, repositories, push } = await setUp();
    const name = `${project.full_path}/app`;
    for (const tag of ['a', 'b', 'c']) await push(name, tag);
    const [{ id }] = (await reporter.get(repositories)).rows;
    const tags = async () => (await reporter.get(`${repositories}/${id}/tags`)).rows.map((tag) => tag.name);

    expect((await reporter.delete(`${repositories}/${id}/tags/a`)).status).toBe(403);
    expect((await developer.delete(`${repositories}/${id}/tags/a`)).status).toBe(200);
    expect((await developer.delete(`${repositories}/${id}/tags/a`)).status).toBe(404);
    expect((await developer.delete(`${repositories}/${id}/tags?name_regex_delete=.*`)).status).toBe(403);
    expect((await developer.delete(`${repositories}/${id}`)).status).toBe(403);
    expect(await tags()).toEqual(['b', 'c']);
    expect((await maintainer.delete(`${repositories}/${id}/tags?name_regex_delete=b`)).status).toBe(202);
    expect(await tags()).toEqual(['c']);
    const gone = await maintainer.delete(`${repositories}/${id}`);
    expect([gone.status, gone.body]).toEqual([202, { message: '202 Accepted' }]);
    expect((await reporter.get(`${repositories}/${id}/tags`)).status).toBe(404);
    expect((await maintainer.delete(`${repositories}/${id}`)).status).toBe(404);
    expect((await reporter.get(repositories)).rows).toEqual([]);
    const target = name;
    expect(await eventsOf(app, project.id)).toEqual([
      { action: 'container_repository_deleted', by: maintainer.user.username, target },
      { action: 'container_repository_tags_deleted', by: maintainer.user.username, target, tags: ['b'] },
      { action: 'container_repository_tags_deleted', by: developer.user.username, target, tags: ['a'] },
    ]);
  });

  test('deletions through the registry itself are in the audit log too, except of missing objects', async () => {
    const { app, project, developer, push, remove } = await setUp();
    const name = `${project.full_path}/app`;
    const login = { username: developer.user.username, secret: developer.user.token };
    const { digest, layer } = await push(name, 'v1', 'layer');
    await push(name, 'v2', 'layer');
    await push(name, 'v3', 'layer');
    expect((await remove(name, 'manifests/none', login)).status).toBe(404);
    expect((await remove(name, 'tags/reference/none', login)).status).toBe(404);
    expect((await remove(name, `manifests/${sha256('none')}`, login)).status).toBe(404);
    expect((await remove(name, `blobs/${layer.digest}`, login)).status).toBe(405);
    expect(await eventsOf(app, project.id)).toEqual([]);
    expect((await remove(name, 'tags/reference/v3', login)).status).toBe(202);
    expect((await remove(name, 'manifests/v2', login)).status).toBe(202);
    expect((await remove(name, `manifests/${digest}`, login)).status).toBe(202);
    expect((await remove(name, `blobs/${layer.digest}`, login)).status).toBe(202);
    const common = { by: login.username, target: name };
    expect(await eventsOf(app, project.id)).toEqual([
      { ...common, action: 'container_repository_blob_deleted', digest: layer.digest },
      { ...common, action: 'container_repository_manifest_deleted', digest, tags: ['v1'] },
      { ...common, action: 'container_repository_tags_deleted', tags: ['v2'] },
      { ...common, action: 'container_repository_tags_deleted', tags: ['v3'] },
    ]);
  });

  test('tags are deleted by pattern but for those that are to be kept, the newest, the young and latest', async () => {
    const { app, project, maintainer, repositories, push } = await setUp();
    const name = `${project.full_path}/app`;
    const start = app.time.now;
    const order = ['latest', 'v1', 'v2', 'release-1', 'v3', 'v4', 'v5'];
    for (const tag of order) {
      app.time.now += DAY;
      await push(name, tag);
    }
    const [{ id }] = (await maintainer.get(repositories)).rows;
    const path = `${repositories}/${id}/tags`;
    const tags = async () => (await maintainer.get(path)).rows.map((tag) => tag.name);
    const drop = async (query: Record<string, string>) =>
      (await maintainer.delete(`${path}?${new URLSearchParams(query)}`)).status;

    expect(await drop({ name_regex_delete: 'v' })).toBe(202);
    expect(await drop({ name_regex_delete: '.*', name_regex_keep: '.*' })).toBe(202);
    expect(await drop({ name_regex_delete: '.*', name_regex_keep: '.*', keep_n: '' })).toBe(202);
    expect(await drop({ name_regex_delete: '.*', keep_n: '6' })).toBe(202);
    expect(await tags()).toHaveLength(7);
    // The younger than two days are v5 and v4; of the rest v3 was set last, but v5 and v4 are the two newest already.
    app.time.now += HOUR;
    expect(await drop({ name_regex_delete: 'v.*', keep_n: '2', older_than: '2d', name_regex_keep: 'v1' })).toBe(202);
    expect(await tags()).toEqual(['latest', 'release-1', 'v1', 'v4', 'v5']);
    expect(await drop({ name_regex: '.*', older_than: '1month' })).toBe(202);
    expect(await tags()).toHaveLength(5);
    // A body works as well as a query, and wins.
    const answer = await app.fetch(`/api/v4${path}`, {
      method: 'DELETE',
      headers: { 'PRIVATE-TOKEN': maintainer.user.token, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name_regex_delete: '.*', keep_n: 1 }),
    });
    expect(answer.status).toBe(202);
    expect(await tags()).toEqual(['latest', 'v5']);
    app.time.now = start;
  });

  test.each([
    ['', 'name_regex, name_regex_delete are missing, at least one parameter must be provided'],
    ['name_regex_keep=a', 'name_regex, name_regex_delete are missing, at least one parameter must be provided'],
    ['name_regex_delete=(', 'name_regex_delete is an invalid regexp'],
    ['name_regex_delete=.*&name_regex_keep=(%3F%3Da)', 'name_regex_keep is an invalid regexp'],
    [`name_regex_delete=${'a'.repeat(256)}`, 'name_regex_delete is an invalid regexp'],
    ['name_regex_delete=.*&keep_n=-1', 'keep_n does not have a valid value'],
    ['name_regex_delete=.*&keep_n=many', 'keep_n is invalid'],
    ['name_regex_delete=.*&older_than=soon', 'older_than is invalid'],
    ['name_regex_delete=.*&older_than=1e9d', 'older_than is invalid'],
  ])('a selection that cannot be understood deletes nothing: %s', async (query, error) => {
    const { project, maintainer, repositories, push } = await setUp();
    await push(project.full_path, 'v1');
    const [{ id }] = (await maintainer.get(repositories)).rows;
    const { status, body } = await maintainer.delete(`${repositories}/${id}/tags?${query}`);
    expect([status, body.error]).toEqual([400, error]);
    expect((await maintainer.get(`${repositories}/${id}/tags`)).rows).toHaveLength(1);
  });

  test('an image of another project, or one that may not be seen, is not there', async () => {
    const { app, project, group, maintainer, repositories, push } = await setUp();
    await push(project.full_path, 'v1');
    const [{ id }] = (await maintainer.get(repositories)).rows;
    const mine = await app.seed.project(await app.seed.group());
    const mallory = apiClient(app, (await app.seed.member(mine, 'owner')).token);
    const own = `/projects/${mine.id}/registry/repositories/${id}`;
    for (const answer of [
      await mallory.get(`/registry/repositories/${id}`),
      await apiClient(app).get(`/registry/repositories/${id}`),
      await mallory.get('/registry/repositories/999999'),
      await mallory.get(`${own}/tags`),
      await mallory.get(`${own}/tags/v1`),
      await mallory.delete(`${own}/tags/v1`),
      await mallory.delete(`${own}/tags?name_regex_delete=.*`),
      await mallory.delete(own),
    ])
      expect([answer.status, answer.body]).toEqual([404, { message: '404 Not found' }]);
    expect((await mallory.get(`/groups/${group.id}/registry/repositories`)).status).toBe(404);
    expect((await maintainer.get(`${repositories}/${id}/tags/v1`)).status).toBe(200);
    const guest = apiClient(app, (await app.seed.member(group, 'guest')).token);
    expect((await guest.get(`/registry/repositories/${id}`)).status).toBe(403);
  });

  test('a project, and a group, is deleted with its images', async () => {
    const { app, project, group, maintainer, repositories, push } = await setUp();
    const root = apiClient(app, (await app.seed.user({ admin: true })).token);
    await push(`${project.full_path}/app`, 'v1');
    const [{ id }] = (await maintainer.get(repositories)).rows;
    expect((await root.delete(`/projects/${project.id}`)).status).toBe(202);
    expect((await root.get(`/registry/repositories/${id}`)).status).toBe(404);
    const second = await app.seed.project(group);
    await push(second.full_path, 'v1');
    expect((await root.delete(`/groups/${group.id}`)).status).toBe(202);
    expect(
      await app.db.selectFrom('images').selectAll().where('project_id', 'in', [project.id, second.id]).execute(),
    ).toEqual([]);
  });

  test('in the list of a public group are the images that one may pull, and no others', async () => {
    const { app } = await setUp();
    const group = await app.seed.group(null, { visibility: 'public' });
    const admin = await app.seed.user({ admin: true });
    const login = { username: admin.username, secret: admin.token };
    const paths: Record<string, string> = {};
    for (const visibility of ['private', 'internal', 'public'] as const) {
      const project = await app.seed.project(group, { visibility });
      await push(app, login, project.full_path, 'v1', visibility);
      paths[visibility] = project.full_path;
    }
    const off = await app.seed.project(group, { visibility: 'public' });
    await push(app, login, off.full_path, 'v1', 'off');
    await app.db.updateTable('projects').set({ registry_enabled: 0 }).where('id', '=', off.id).execute();
    const seen = async (token?: string) =>
      (await apiClient(app, token).get(`/groups/${group.id}/registry/repositories`)).rows.map((row) => row.path);
    expect(await seen()).toEqual([paths['public']]);
    expect(await seen((await app.seed.user()).token)).toEqual([paths['internal'], paths['public']]);
    expect(await seen((await app.seed.member(group, 'guest')).token)).toEqual([paths['internal'], paths['public']]);
    expect(await seen((await app.seed.member(group, 'reporter')).token)).toHaveLength(3);
    expect(await seen(admin.token)).toHaveLength(3);
  });
});

interface Login {
  username: string;
  secret: string;
}
