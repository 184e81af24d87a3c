/**
 * The attack: a token that has its creator's rights and not its own: it gains rights that the creator gains, or lives
 * by a maker who is gone. And its mirror: a personal token that outlives its user's rights. (CVE-2026-117685 Gitea: a
 * mount checks the owner's rights; CVE-2025-23208 zot: a removed group kept; GitLab #31522; CVE-2021-22237.)
 */
import { expect, test } from 'bun:test';
import { apiClient } from '../support/api-client.ts';
import { basic, privateToken, startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';

const REFS = 'info/refs?service=git-upload-pack';

onEachEngine('rights of the creator', (engine) => {
  test('a deploy token has its own rights before and after its maker is promoted, demoted, removed, blocked and deleted', async () => {
    await using app = await startApp(engine);
    const root = apiClient(app, (await app.seed.user({ admin: true })).token);
    const maker = await app.seed.user();
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const other = await app.seed.project(await app.seed.group());
    expect((await root.post(`/projects/${project.id}/members`, { user_id: maker.id, access_level: 40 })).status).toBe(
      201,
    );
    const made = await apiClient(app, maker.token).post(`/projects/${project.id}/deploy_tokens`, {
      name: 'ci',
      scopes: ['read_repository'],
    });
    expect(made.status).toBe(201);
    const headers = basic(String(made.body['username']), String(made.body['token']));
    const sees = async () => {
      const ask = async (path: string, service: string) =>
        (await app.fetch(`/${path}.git/info/refs?service=git-${service}`, { headers })).status;
      return [
        await ask(project.full_path, 'upload-pack'),
        await ask(project.full_path, 'receive-pack'),
        await ask(other.full_path, 'upload-pack'),
      ];
    };
    const own = [200, 403, 401];
    expect(await sees()).toEqual(own);
    await app.db.updateTable('users').set({ admin: 1 }).where('id', '=', maker.id).execute();
    expect(await sees()).toEqual(own);
    await app.db.updateTable('users').set({ admin: 0 }).where('id', '=', maker.id).execute();
    for (const level of [10, 40]) {
      expect((await root.put(`/projects/${project.id}/members/${maker.id}`, { access_level: level })).status).toBe(200);
      expect(await sees()).toEqual(own);
    }
    expect((await root.delete(`/projects/${project.id}/members/${maker.id}`)).status).toBe(204);
    expect(await sees()).toEqual(own);
    expect((await root.post(`/users/${maker.id}/block`)).status).toBe(201);
    expect(await sees()).toEqual(own);
    await app.db.deleteFrom('routes').where('path_key', '=', maker.username.toLowerCase()).execute();
    await app.db.deleteFrom('namespaces').where('owner_id', '=', maker.id).execute();
    await app.db.deleteFrom('users').where('id', '=', maker.id).execute();
    expect(await sees()).toEqual(own);
  });

  test('a personal token has the rights that its user has now', async () => {
    await using app = await startApp(engine);
    const root = apiClient(app, (await app.seed.user({ admin: true })).token);
    const user = await app.seed.user();
    const project = await app.seed.project(await app.seed.group());
    const path = `/api/v4/projects/${project.id}`;
    const sees = async () => {
      const ask = async (url: string, headers: Record<string, string>) => (await app.fetch(url, { headers })).status;
      return [
        await ask(path, privateToken(user.token)),
        await ask(`${path}/deploy_tokens`, privateToken(user.token)),
        await ask(`/${project.full_path}.git/${REFS}`, basic(user.username, user.token)),
      ];
    };
    expect(await sees()).toEqual([404, 404, 404]);
    await root.post(`/projects/${project.id}/members`, { user_id: user.id, access_level: 40 });
    expect(await sees()).toEqual([200, 200, 200]);
    await root.put(`/projects/${project.id}/members/${user.id}`, { access_level: 10 });
    expect(await sees()).toEqual([200, 403, 403]);
    await root.put(`/projects/${project.id}/members/${user.id}`, { access_level: 40, expires_at: '2026-03-02' });
    expect(await sees()).toEqual([200, 200, 200]);
    app.time.now = Date.parse('2026-03-02T00:00:00Z');
    expect(await sees()).toEqual([404, 404, 404]);
    app.time.now = Date.parse('2026-03-01T12:00:00Z');
    await root.post(`/users/${user.id}/block`);
    expect(await sees()).toEqual([401, 401, 401]);
    await root.post(`/users/${user.id}/unblock`);
    await root.delete(`/projects/${project.id}/members/${user.id}`);
    expect(await sees()).toEqual([404, 404, 404]);
  });

  test('a project that is moved out of a group is out of the reach of the group and of its members at once', async () => {
    await using app = await startApp(engine);
    const root = apiClient(app, (await app.seed.user({ admin: true })).token);
    const from = await app.seed.group();
    const to = await app.seed.group();
    const project = await app.seed.project(from);
    const member = await app.seed.user();
    await root.post(`/groups/${from.id}/members`, { user_id: member.id, access_level: 50 });
    const token = await app.seed.deployToken(from);
    const ask = async () => {
      const git = await app.fetch(`/${project.full_path}.git/${REFS}`, {
        headers: basic(token.username, token.secret),
      });
      const api = await app.fetch(`/api/v4/projects/${project.id}`, { headers: privateToken(member.token) });
      return [git.status, api.status];
    };
    expect(await ask()).toEqual([200, 200]);
    expect((await root.put(`/projects/${project.id}/transfer`, { namespace: to.id })).status).toBe(200);
    expect(await ask()).toEqual([401, 404]);
  });
});
