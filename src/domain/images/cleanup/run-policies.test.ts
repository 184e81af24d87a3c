import { expect, test } from 'bun:test';
import { apiClient } from '../../../../test/support/api-client.ts';
import { privateToken } from '../../../../test/support/app.ts';
import { onEachApp } from '../../../../test/support/on-each-app.ts';
import { createRegistryClient, imageManifest } from '../../../../test/support/registry.ts';
import { DAY, MINUTE } from '../../../lib/clock.ts';
import { inTransaction } from '../../../store/db/database.ts';
import type { ImageTags } from '../tags.ts';
import { createCleanupPolicies } from './run-policies.ts';

const { signal } = new AbortController();

onEachApp('cleanup policies', (started) => {
  const setUp = async () => {
    const app = await started;
    await app.db.deleteFrom('image_cleanup_policies').execute();
    const project = await app.seed.project(await app.seed.group());
    const maintainer = await app.seed.member(project, 'maintainer');
    const api = apiClient(app, maintainer.token);
    const registry = createRegistryClient(app);
    const push = async (name: string, ...tags: string[]) => {
      const image = `${project.full_path}/${name}`;
      const login = { username: maintainer.username, secret: maintainer.token };
      const headers = await registry.signIn(login, `repository:${image}:pull,push`);
      const config = await registry.pushBlob(headers, image, '{}');
      for (const tag of tags)
        await registry.putManifest(headers, image, tag, imageManifest(config, [], { annotations: { tag } }));
    };
    const set = (attributes: Record<string, unknown>) =>
      api.put(`/projects/${project.id}`, { container_expiration_policy_attributes: attributes });
    const tagsOf = async (name: string) => {
      const { items } = await app.services.images.repositories.list(project, { page: 1, perPage: 9 });
      const image = items.find(({ path }) => path === name);
      return image ? app.services.images.repositories.tagNames(image.id, 100) : [];
    };
    const run = async () => app.services.images.policies.runDue(signal);
    return { app, project, maintainer, api, push, set, tagsOf, run };
  };

  test('are set and shown as in GitLab, by JSON and by a form', async () => {
    const { app, project, maintainer, api } = await setUp();
    const shown = async () => (await api.get(`/projects/${project.id}`)).body.container_expiration_policy;
    expect(await shown()).toEqual({
      cadence: '1d',
      enabled: false,
      keep_n: 10,
      older_than: '90d',
      name_regex: '.*',
      name_regex_delete: '.*',
      name_regex_keep: null,
      next_run_at: null,
      untagged_days: null,
    });
    // The example of GitLab's documentation.
    const attributes = {
      cadence: '1month',
      enabled: true,
      keep_n: 1,
      older_than: '14d',
      name_regex: '',
      name_regex_delete: '.*',
      name_regex_keep: '.*-main',
    };
    const put = await api.put(`/projects/${project.id}`, { container_expiration_policy_attributes: attributes });
    const next_run_at = new Date(app.time.now + 30 * DAY).toISOString();
    const expected = { ...attributes, name_regex: '.*', next_run_at, untagged_days: null };
    expect([put.status, put.body.container_expiration_policy]).toEqual([200, expected]);
    expect(await shown()).toEqual(expected);

    const field = (name: string) => `container_expiration_policy_attributes[${name}]`;
    const form = new URLSearchParams([
      [field('cadence'), '7d'],
      [field('keep_n'), ''],
      [field('untagged_days'), '7'],
      [field('name_regex'), 'pr-.*'],
    ]);
    const headers = { ...privateToken(maintainer.token), 'Content-Type': 'application/x-www-form-urlencoded' };
    const address = `/api/v4/projects/${project.id}`;
    expect((await app.fetch(address, { method: 'PUT', headers, body: form.toString() })).status).toBe(200);
    expect(await shown()).toMatchObject({
      cadence: '7d',
      keep_n: null,
      older_than: '14d',
      name_regex_delete: 'pr-.*',
      untagged_days: 7,
      next_run_at: new Date(app.time.now + 7 * DAY).toISOString(),
    });
    const { items } = await app.services.audit.list({ entityKind: 'Project', entityId: project.id }, FIRST);
    expect(items[0]).toMatchObject({ action: 'project_cleanup_policy_changed', details: { after: { cadence: '7d' } } });
  });

  test('a new project may have one; a wrong attribute changes nothing', async () => {
    const { app, api, project } = await setUp();
    const policy = { enabled: true, cadence: '14d', keep_n: 5 };
    const path = `made-${crypto.randomUUID().slice(0, 8)}`;
    const body = { path, container_expiration_policy_attributes: policy };
    const made = await api.post('/projects', body);
    expect([made.status, made.body.container_expiration_policy]).toMatchObject([201, policy]);

    for (const wrong of [
      { cadence: '2d' },
      { keep_n: 3 },
      { older_than: '1h' },
      { name_regex: '(' },
      { name_regex_keep: '(a{500}){500}' },
      { name_regex: 'x'.repeat(256) },
      { enabled: true, name_regex: '' },
      { untagged_days: -1 },
      { enabled: { toString: 1 } },
    ]) {
      const refused = await api.put(`/projects/${project.id}`, {
        description: 'changed',
        container_expiration_policy_attributes: wrong,
      });
      expect([wrong, refused.status]).toEqual([wrong, 400]);
    }
    expect((await api.get(`/projects/${project.id}`)).body).toMatchObject({ description: '' });
    const developer = await app.seed.member(project, 'developer');
    const byDeveloper = apiClient(app, developer.token);
    expect((await byDeveloper.put(`/projects/${project.id}`, body)).status).toBe(403);
  });

  test('keep `latest`, matching tags, the newest N and those that are young, in this order', async () => {
    const { app, project, push, set, tagsOf, run } = await setUp();
    const start = app.time.now;
    await push('app', 'latest', 'v1', 'other');
    for (const [day, tag] of [
      [1, 'v2'],
      [2, 'v3'],
      [10, 'v4'],
      [11, 'v5'],
    ] as const) {
      app.time.now = start + day * DAY;
      await push('app', tag);
      await push('other', tag);
    }
    await set({ enabled: true, keep_n: 1, older_than: '7d', name_regex_delete: 'v.*', name_regex_keep: 'v2' });
    const policy = await app.services.projects.cleanupPolicy(project);
    app.time.now = start + 15 * DAY;
    expect(await app.services.images.policies.preview(project, policy)).toEqual({ images: 2, tags: 11, deleted: 3 });
    expect(await tagsOf('app')).toHaveLength(7);

    // Of v5, v4, v3 and v1, the newest is kept, and v4 is too young.
    expect(await run()).toEqual({ policies: 1, deleted: 3, failures: 0 });
    expect(await tagsOf('app')).toEqual(['latest', 'other', 'v2', 'v4', 'v5']);
    expect(await tagsOf('other')).toEqual(['v2', 'v4', 'v5']);
    const { items } = await app.services.audit.list({ entityKind: 'Project', entityId: project.id }, FIRST);
    expect(items[0]).toMatchObject({ action: 'container_repository_tags_deleted', by: { kind: 'system' } });
    const { nextRunAt } = await app.services.projects.cleanupPolicy(project);
    // The clock of PostgreSQL differs by some milliseconds.
    expect(Math.abs((nextRunAt ?? 0) - app.time.now - DAY)).toBeLessThan(MINUTE);
  });

  test('run when they are due, enabled, and the project is not archived', async () => {
    const { app, project, push, set, tagsOf, run } = await setUp();
    await push('app', 'v1', 'v2');
    const policy = { enabled: true, keep_n: null, older_than: null };
    await set(policy);
    expect((await run()).deleted).toBe(0);
    await set({ enabled: false });
    app.time.now += 2 * DAY;
    expect((await run()).deleted).toBe(0);
    await set(policy);
    await app.services.projects.archive(project, true, app.by);
    app.time.now += 2 * DAY;
    expect((await run()).deleted).toBe(0);
    await app.services.projects.archive(project, false, app.by);
    expect(await tagsOf('app')).toHaveLength(2);
    expect((await run()).deleted).toBe(2);
    await push('app', 'v3');
    expect((await run()).deleted).toBe(0);
  });

  test('a run ends when its policy is changed: each deletion is confirmed in its transaction', async () => {
    const { app, project, push, set } = await setUp();
    await push('one', 'v1');
    await push('other', 'v1');
    await set({ enabled: true, keep_n: null, older_than: null });
    app.time.now += 2 * DAY;
    let deletions = 0;
    const destroySelected: ImageTags['destroySelected'] = async (_project, _image, _wanted, { confirm }) => {
      await app.services.projects.update(project, { cleanupPolicy: { keepN: 100 } }, app.by);
      await inTransaction(app.db, (trx) => confirm(trx));
      return ++deletions;
    };
    const deps = { db: app.db, databaseTime: async () => app.time.now, report: () => {} };
    const tags = { ...app.services.images.tags, destroySelected };
    expect(await createCleanupPolicies(deps, tags).runDue(signal)).toMatchObject({ policies: 0, deleted: 0 });
    expect(deletions).toBe(0);
  });
});

const FIRST = { page: 1, perPage: 1 };
