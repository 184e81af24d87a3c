import { expect, test } from 'bun:test';
import { privateToken } from '../../test/support/app.ts';
import { onOneApp } from '../../test/support/on-each-app.ts';
import type { Route } from '../http/route.ts';
import { refuseUnsupported, UNSUPPORTED } from './unsupported-parameters.ts';

const refusalOf = (row: string, parameters: Record<string, unknown>): string | null => {
  try {
    refuseUnsupported(row, parameters);
    return null;
  } catch (error) {
    return String((error as Error).message);
  }
};

test('a value that asks for nothing is taken, and any other one is refused by name', () => {
  const project = (parameters: Record<string, unknown>) => refusalOf('POST /api/v4/projects', parameters);
  expect(
    project({ issues_enabled: false, wiki_access_level: 'disabled', topics: [], avatar: '', mirror: null }),
  ).toBeNull();
  expect(project({ repository_object_format: 'sha1', default_branch: 'main' })).toBeNull();
  expect(project({ unheard_of: 'x', toString: 'x', constructor: 'x' })).toBeNull();
  expect(project({ import_url: 'https://example.com/x.git' })).toBe('import_url is not supported');
  expect(project({ topics: ['a'], mirror: 'true' })).toBe('topics, mirror are not supported');
  expect(project({ mirror: { toString: 1 } })).toBe('mirror is not supported');
  expect(refusalOf('GET /api/v4/version', { import_url: 'x' })).toBeNull();
});

onOneApp('parameters of GitLab that are not supported', (started) => {
  test('each row refuses each of its parameters by name, and does nothing', async () => {
    const { app, seed, fetch, services } = await started;
    const admin = await seed.user({ admin: true });
    const group = await seed.group();
    const project = await seed.project(group);
    const rows = new Map(
      app.protocols.flatMap(({ routes }) =>
        routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]),
      ),
    );
    for (const [row, parameters] of Object.entries(UNSUPPORTED)) {
      const route = rows.get(row);
      expect([row, route?.method]).toEqual([row, row.split(' ')[0] ?? '']);
      const names = Object.keys(parameters);
      // No parameter is both supported and refused.
      const supported = Object.keys({ ...Object(route?.doc?.query?.shape), ...Object(route?.doc?.body?.shape) });
      expect([row, names.filter((name) => supported.includes(name))]).toEqual([row, []]);
      const id = /groups/.test(row) ? group.id : project.id;
      const path = (row.split(' ')[1] ?? '').replace(':id', String(id)).replace(':user_id', String(admin.id));
      const values = Object.fromEntries(names.map((name) => [name, 'x']));
      const writes = route?.method !== 'GET';
      const response = await fetch(writes ? path : `${path}?${new URLSearchParams(values)}`, {
        method: route?.method ?? '',
        headers: { ...privateToken(admin.token), ...(writes ? { 'Content-Type': 'application/json' } : {}) },
        ...(writes ? { body: JSON.stringify({ ...values, name: 'x', path: 'x' }) } : {}),
      });
      const verb = names.length === 1 ? 'is' : 'are';
      expect([row, response.status, await response.json()]).toMatchObject([
        row,
        400,
        { error: `${names.join(', ')} ${verb} not supported`, reason: expect.any(String) },
      ]);
    }
    const all = { userId: null, admin: true, now: 0 };
    const page = { page: 1, perPage: 100 };
    expect((await services.projects.list(all, {}, { by: 'id', direction: 'asc' }, page)).total).toBe(1);
    expect((await services.groups.list(all, { kind: 'group' }, { by: 'id', direction: 'asc' }, page)).total).toBe(1);
  });

  test('a file of a form is refused where it would be left out in silence', async () => {
    const { seed, fetch } = await started;
    const admin = await seed.user({ admin: true });
    const form = new FormData();
    form.append('path', 'with-avatar');
    form.append('avatar', new File(['png'], 'avatar.png', { type: 'image/png' }));
    const response = await fetch('/api/v4/projects', {
      method: 'POST',
      headers: privateToken(admin.token),
      body: form,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'avatar is not supported' }]);
  });

  test('an empty number or flag of a form is as if it were not sent', async () => {
    const { seed, fetch } = await started;
    const admin = await seed.user({ admin: true });
    const post = (body: string) =>
      fetch('/api/v4/projects', {
        method: 'POST',
        headers: privateToken(admin.token),
        body: new URLSearchParams(body),
      });
    expect((await post('path=empty&namespace_id=&lfs_enabled=')).status).toBe(201);
    const member = await fetch('/api/v4/projects/1/members', {
      method: 'POST',
      headers: privateToken(admin.token),
      body: new URLSearchParams('user_id=&access_level='),
    });
    expect([member.status, await member.json()]).toMatchObject([
      400,
      { error: 'user_id is missing, access_level is missing' },
    ]);
  });
});
