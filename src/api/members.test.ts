import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { DAY } from '../lib/clock.ts';

onEachApp('members by the API', (started) => {
  /** A group with an owner, who speaks to the API, and a project in it. */
  const setUp = async () => {
    const app = await started;
    const owner = await app.seed.user();
    const api = apiClient(app, owner.token);
    const path = `team-${owner.username}`;
    const group = (await api.post('/groups', { name: path, path })).body;
    const project = (await api.post('/projects', { name: 'app', namespace_id: group.id })).body;
    const join = async (level: number, on = `/groups/${group.id}`) => {
      const user = await app.seed.user();
      const added = await api.post(`${on}/members`, { user_id: user.id, access_level: level });
      expect(added.status).toBe(201);
      return { ...user, api: apiClient(app, user.token) };
    };
    return { app, owner, api, group, project, join };
  };

  test('a role in a group holds in all below it, and the highest of several counts', async () => {
    const { api, group, project, join } = await setUp();
    const user = await join(20);
    const sub = (await api.post('/groups', { name: 'sub', path: 'sub', parent_id: group.id })).body;
    const inner = (await api.post('/projects', { name: 'inner', namespace_id: sub.id })).body;
    expect((await user.api.get(`/projects/${inner.id}`)).body.permissions).toEqual({
      project_access: null,
      group_access: { access_level: 20 },
    });
    expect((await user.api.put(`/projects/${inner.id}`, { description: 'x' })).status).toBe(403);
    await api.post(`/projects/${inner.id}/members`, { user_id: user.id, access_level: 40 });
    expect((await user.api.put(`/projects/${inner.id}`, { description: 'x' })).status).toBe(200);
    const all = await api.get(`/projects/${inner.id}/members/all`);
    expect(all.rows.filter((row) => Number(row.id) === user.id)).toMatchObject([{ access_level: 40 }]);
    expect((await api.get(`/projects/${project.id}/members/all/${user.id}`)).body).toMatchObject({ access_level: 20 });
    expect((await api.get(`/projects/${inner.id}/members`)).rows).toMatchObject([{ id: user.id, access_level: 40 }]);
  });

  test('adding someone twice is a conflict, and an unknown user or role is said', async () => {
    const { app, api, group, join } = await setUp();
    const user = await join(10);
    const members = `/groups/${group.id}/members`;
    const again = await api.post(members, { user_id: user.id, access_level: 30 });
    expect([again.status, again.body.message]).toEqual([409, 'Member already exists']);
    const nobody = await api.post(members, { user_id: 999_999, access_level: 30 });
    expect([nobody.status, nobody.body.message]).toEqual([404, '404 User Not Found']);
    const other = await app.seed.user();
    const odd = await api.post(members, { user_id: other.id, access_level: 35 });
    expect([odd.status, odd.body.error]).toEqual([400, 'access_level does not have a valid value']);
    const empty = await api.post(members, {});
    expect([empty.status, empty.body.error]).toEqual([400, 'user_id is missing, access_level is missing']);
  });

  test('nobody gives, changes or takes away a role above their own', async () => {
    const { app, api, project, join, owner } = await setUp();
    const on = `/projects/${project.id}`;
    const maintainer = await join(40, on);
    const boss = await join(50, on);
    const friend = await app.seed.user();
    const members = `${on}/members`;
    const sentence = "You can't grant, change or remove a role above your own.";
    const refused = [
      await maintainer.api.post(members, { user_id: friend.id, access_level: 50 }),
      await maintainer.api.put(`${members}/${maintainer.id}`, { access_level: 50 }),
      await maintainer.api.put(`${members}/${boss.id}`, { access_level: 10 }),
      await maintainer.api.delete(`${members}/${boss.id}`),
    ];
    expect(refused.map(({ status, body }) => [status, `${body.message}`.includes(sentence)])).toEqual(
      Array(4).fill([403, true]),
    );
    expect((await maintainer.api.post(members, { user_id: friend.id, access_level: 40 })).status).toBe(201);
    const developer = await join(30, on);
    expect((await developer.api.post(members, { user_id: owner.id, access_level: 10 })).status).toBe(403);
    // A group's members are its owners' to manage.
    const { group, join: joinGroup } = await setUp();
    const groupMaintainer = await joinGroup(40);
    const tried = await groupMaintainer.api.post(`/groups/${group.id}/members`, {
      user_id: friend.id,
      access_level: 10,
    });
    expect(tried.status).toBe(403);
    expect((await api.get(members)).rows).toHaveLength(4);
  });

  test('the last owner of a group stays one', async () => {
    const { api, group, owner, join, app } = await setUp();
    const self = `/groups/${group.id}/members/${owner.id}`;
    const tomorrow = new Date(app.time.now + DAY).toISOString().slice(0, 10);
    const refused = [
      await api.delete(self),
      await api.put(self, { access_level: 40 }),
      await api.put(self, { access_level: 50, expires_at: tomorrow }),
    ];
    for (const { status, body } of refused) {
      expect(status).toBe(403);
      expect(`${body.message}`).toContain("The last owner of a group can't be removed");
    }
    const second = await join(50);
    expect((await api.delete(self)).status).toBe(204);
    expect((await second.api.get(self)).status).toBe(404);
    const last = await second.api.delete(`/groups/${group.id}/members/${second.id}`);
    expect(last.status).toBe(403);
  });

  test('of two owners who remove each other at once, one stays', async () => {
    const { api, group, owner, join } = await setUp();
    const second = await join(50);
    const both = await Promise.all([
      api.delete(`/groups/${group.id}/members/${second.id}`),
      second.api.delete(`/groups/${group.id}/members/${owner.id}`),
    ]);
    expect(both.map(({ status }) => status).filter((status) => status === 204)).toHaveLength(1);
  });

  test('an owner of a group above is owner enough for the one below', async () => {
    const { api, group, owner } = await setUp();
    const sub = (await api.post('/groups', { name: 'sub', path: 'sub', parent_id: group.id })).body;
    await api.post(`/groups/${sub.id}/members`, { user_id: owner.id, access_level: 50 });
    expect((await api.delete(`/groups/${sub.id}/members/${owner.id}`)).status).toBe(204);
  });

  test('a membership ends when its day begins, and can be granted again', async () => {
    const { app, api, group, project } = await setUp();
    const user = await app.seed.user();
    const theirs = apiClient(app, user.token);
    const members = `/groups/${group.id}/members`;
    const day = new Date(app.time.now + 2 * DAY).toISOString().slice(0, 10);
    const added = await api.post(members, { user_id: user.id, access_level: 30, expires_at: day });
    expect(added.body).toMatchObject({ expires_at: day });
    expect((await theirs.get(`/projects/${project.id}`)).status).toBe(200);
    const before = app.time.now;
    app.time.now = Date.parse(`${day}T00:00:00Z`);
    expect((await theirs.get(`/projects/${project.id}`)).status).toBe(404);
    expect((await theirs.get('/projects?membership=true')).rows).toEqual([]);
    expect((await api.get(members)).rows).toHaveLength(1);
    expect((await api.get(`/projects/${project.id}/members/all`)).rows).toHaveLength(1);
    expect((await api.get(`${members}/${user.id}`)).status).toBe(404);
    const past = await api.post(members, { user_id: user.id, access_level: 30, expires_at: day });
    expect([past.status, past.body.message]).toEqual([400, 'Expires at cannot be a date in the past']);
    expect((await api.post(members, { user_id: user.id, access_level: 20 })).status).toBe(201);
    expect((await theirs.get(`/projects/${project.id}`)).status).toBe(200);
    app.time.now = before;
  });

  test('the owner of a personal namespace is among everyone with a role in its projects', async () => {
    const { app, owner, api } = await setUp();
    const project = (await api.post('/projects', { name: 'mine' })).body;
    expect(project).toMatchObject({ path_with_namespace: `${owner.username}/mine`, namespace: { kind: 'user' } });
    expect(project.permissions).toMatchObject({ project_access: { access_level: 50 } });
    const all = await api.get(`/projects/${project.id}/members/all`);
    expect(all.rows).toMatchObject([{ id: owner.id, access_level: 50 }]);
    const stranger = apiClient(app, (await app.seed.user()).token);
    expect((await stranger.get(`/projects/${project.id}/members/all`)).status).toBe(404);
  });

  test('changes are in the audit log with the old and the new value', async () => {
    const { app, api, group, join } = await setUp();
    const user = await join(30);
    await api.put(`/groups/${group.id}/members/${user.id}`, { access_level: 40 });
    await api.delete(`/groups/${group.id}/members/${user.id}`);
    const filter = { entityKind: 'Group', entityId: Number(group.id) } as const;
    const events = await app.services.audit.list(filter, { page: 1, perPage: 3 });
    expect(events.items.map(({ action, details }) => [action, details['access_level']])).toEqual([
      ['member_destroyed', { from: 40, to: null }],
      ['member_updated', { from: 30, to: 40 }],
      ['member_created', { from: null, to: 30 }],
    ]);
    expect(events.items[0]?.target).toEqual({ kind: 'User', id: user.id, name: user.username });
  });

  test('members are found by name and by number', async () => {
    const { api, group, join } = await setUp();
    const one = await join(10);
    const two = await join(20);
    const members = `/groups/${group.id}/members`;
    expect((await api.get(`${members}?query=${one.username.toUpperCase()}`)).rows).toMatchObject([{ id: one.id }]);
    expect((await api.get(`${members}?query=%25`)).rows).toEqual([]);
    expect((await api.get(`${members}?user_ids=${one.id},${two.id}`)).rows).toHaveLength(2);
    const page = await api.get(`${members}/all?per_page=1&page=2`);
    expect(page.rows).toMatchObject([{ id: one.id }]);
    expect([page.headers.get('x-total'), page.headers.get('x-next-page')]).toEqual(['3', '3']);
  });
});
