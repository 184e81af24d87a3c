import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';

onEachApp('groups by the API', (started) => {
  test('a group, a group in it and a project in that are made, and found by number and by path', async () => {
    const app = await started;
    const user = await app.seed.user();
    const api = apiClient(app, user.token);
    const top = await api.post('/groups', { name: 'Company', path: 'company', description: 'All of us' });
    expect(top.status).toBe(201);
    expect(top.body).toMatchObject({
      full_path: 'company',
      full_name: 'Company',
      visibility: 'private',
      parent_id: null,
    });
    const team = await api.post('/groups', { name: 'Team', path: 'team', parent_id: top.body.id });
    expect(team.body).toMatchObject({ full_path: 'company/team', full_name: 'Company / Team', parent_id: top.body.id });
    const project = await api.post('/projects', { name: 'My App', namespace_id: team.body.id });
    expect(project.status).toBe(201);
    expect(project.body).toMatchObject({
      path: 'my-app',
      path_with_namespace: 'company/team/my-app',
      name_with_namespace: 'Company / Team / My App',
      visibility: 'private',
      http_url_to_repo: 'http://postern.test/company/team/my-app.git',
      namespace: { id: team.body.id, kind: 'group', full_path: 'company/team', parent_id: top.body.id },
      permissions: { project_access: null, group_access: { access_level: 50 } },
    });
    expect((await api.get('/projects/company%2Fteam%2Fmy-app')).body.id).toBe(project.body.id);
    expect((await api.get(`/projects/${project.body.id}`)).body).toEqual(project.body);
    expect((await api.get('/groups/company%2Fteam')).body).toEqual(team.body);
    expect((await api.get(`/groups/${top.body.id}/subgroups`)).rows).toEqual([team.body]);
    expect((await api.get(`/groups/${top.body.id}/projects`)).rows).toEqual([]);
    const below = await api.get(`/groups/${top.body.id}/projects?include_subgroups=true`);
    expect(below.rows).toEqual([project.body]);
  });

  test('members are added, listed, changed and removed', async () => {
    const app = await started;
    const owner = await app.seed.user();
    const guest = await app.seed.user();
    const api = apiClient(app, owner.token);
    const group = (await api.post('/groups', { name: 'Members', path: 'members-group' })).body;
    const added = await api.post(`/groups/${group.id}/members`, { user_id: guest.id, access_level: 10 });
    expect(added.status).toBe(201);
    expect(added.body).toMatchObject({ id: guest.id, username: guest.username, access_level: 10, expires_at: null });
    expect(added.body.created_by).toMatchObject({ id: owner.id });
    expect((await api.get(`/groups/${group.id}/members`)).rows).toMatchObject([{ id: owner.id }, { id: guest.id }]);
    const changed = await api.put(`/groups/${group.id}/members/${guest.id}`, { access_level: '30' });
    expect(changed.body).toMatchObject({ access_level: 30 });
    const project = (await api.post('/projects', { path: 'p', namespace_id: group.id })).body;
    expect((await api.get(`/projects/${project.id}/members`)).rows).toEqual([]);
    expect((await api.get(`/projects/${project.id}/members/all`)).rows).toHaveLength(2);
    expect((await api.get(`/projects/${project.id}/members/all/${guest.id}`)).body).toMatchObject({ access_level: 30 });
    expect((await api.delete(`/groups/${group.id}/members/${guest.id}`)).status).toBe(204);
    expect((await api.get(`/groups/${group.id}/members/${guest.id}`)).status).toBe(404);
  });
});
