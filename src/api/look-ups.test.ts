import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';

onEachApp('look-ups that clients of GitLab make', (started) => {
  const prepare = async () => {
    const { seed, fetch } = await started;
    const top = await seed.group();
    const member = await seed.member(top, 'developer');
    const stranger = await seed.user();
    return {
      seed,
      top,
      member,
      api: apiClient({ fetch }, member.token),
      asStranger: apiClient({ fetch }, stranger.token),
    };
  };

  test('a namespace by its number and by its path, if the caller may see it', async () => {
    const { seed, top, member, api, asStranger } = await prepare();
    const team = await seed.group(top);
    const expected = { id: team.id, kind: 'group', full_path: team.full_path, parent_id: top.id };
    expect(await api.get(`/namespaces/${team.id}`)).toMatchObject({ status: 200, body: expected });
    const path = encodeURIComponent(team.full_path);
    expect((await api.get(`/namespaces/${path}`)).body).toMatchObject(expected);
    expect((await api.get(`/namespaces/${member.username}`)).body).toMatchObject({
      kind: 'user',
      full_path: member.username,
    });
    expect((await asStranger.get(`/namespaces/${team.id}`)).status).toBe(404);
    expect((await api.get('/namespaces/999999')).status).toBe(404);
  });

  test('the subgroups of a group at any depth, without those that the caller may not see', async () => {
    const { seed, top, api } = await prepare();
    const team = await seed.group(top);
    const inner = await seed.group(team);
    await seed.group();
    const ids = (await api.get(`/groups/${top.id}/descendant_groups?order_by=id`)).rows.map(({ id }) => id);
    expect(ids).toEqual([team.id, inner.id]);
    expect((await api.get(`/groups/${inner.id}/descendant_groups`)).body).toEqual([]);
    const outer = await seed.group(null, { visibility: 'public' });
    await seed.group(outer);
    expect((await api.get(`/groups/${outer.id}/descendant_groups`)).body).toEqual([]);
  });

  test('the memberships of a user, for administrators', async () => {
    const { seed, top, member, api } = await prepare();
    const project = await seed.project(await seed.group());
    await seed.join(project, member, 'maintainer');
    const admin = apiClient(await started, (await seed.user({ admin: true })).token);
    const inGroup = { source_id: top.id, source_name: top.name, source_type: 'Namespace', access_level: 30 };
    const inProject = { source_id: project.id, source_name: project.name, source_type: 'Project', access_level: 40 };
    const path = `/users/${member.id}/memberships`;
    expect((await admin.get(path)).body).toEqual([inGroup, inProject]);
    expect((await admin.get(`${path}?type=Project`)).body).toEqual([inProject]);
    expect((await admin.get(`${path}?type=Namespace`)).body).toEqual([inGroup]);
    expect((await admin.get('/users/999999/memberships')).status).toBe(404);
    expect((await api.get(path)).status).toBe(403);
  });

  test('there are no topics and no feature flags', async () => {
    const { api } = await prepare();
    for (const path of ['/topics', '/features']) expect(await api.get(path)).toMatchObject({ status: 200, body: [] });
  });
});
