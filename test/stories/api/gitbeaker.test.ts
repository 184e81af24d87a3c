import { beforeAll, expect, test } from 'bun:test';
import { Gitlab } from '@gitbeaker/rest';
import { createClient } from '../../support/client.ts';
import { onEachServer } from '../../support/on-each-app.ts';
import { ROOT_TOKEN, type TestServer } from '../../support/server.ts';
import { opens } from './opens.ts';

onEachServer('gitbeaker', (started, engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await started;
  });

  test('creates, lists, gets and deletes deploy tokens of a project and of a group', async () => {
    using client = createClient();
    const group = await server.seed.group();
    const project = await server.seed.project(group);
    const { DeployTokens } = new Gitlab({ host: server.url, token: ROOT_TOKEN });
    for (const owner of [{ projectId: project.full_path }, { groupId: group.id }]) {
      const created = await DeployTokens.create('machine', ['read_repository'], { ...owner, expires_at: '2099-01-31' });
      expect(created).toMatchObject({ name: 'machine', scopes: ['read_repository'], revoked: false });
      const { username, token } = created as unknown as { username: string; token: string };
      expect(await opens(server, client, project, { username, token })).toBe(true);
      expect(await DeployTokens.all(owner)).toMatchObject([{ id: created.id, expires_at: '2099-01-31T00:00:00.000Z' }]);
      expect(await DeployTokens.all()).toHaveLength(1);
      expect(await DeployTokens.show(created.id, owner)).toMatchObject({ id: created.id, username });
      await DeployTokens.remove(created.id, owner);
      expect(await DeployTokens.all(owner)).toEqual([]);
      expect(await opens(server, client, project, { username, token })).toBe(false);
    }
  });

  test('makes groups, projects and members, moves and deletes them, and follows pages', async () => {
    const { Groups, Projects, ProjectMembers, Namespaces } = new Gitlab({ host: server.url, token: ROOT_TOKEN });
    const group = await Groups.create('Made', `made-${engine}`, { visibility: 'internal' });
    const other = await Groups.create('Other', `other-${engine}`);
    const inner = await Groups.create('Inner', 'inner', { parentId: group.id });
    expect(await Groups.allSubgroups(group.id)).toMatchObject([{ id: inner.id, full_name: 'Made / Inner' }]);
    for (const name of ['a', 'b', 'c']) await Projects.create({ name, namespaceId: group.id });
    // Three pages, one after the other by the links in the headers.
    const projects = await Groups.allProjects(group.id, { perPage: 1, orderBy: 'name', sort: 'asc' });
    expect(projects.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const [first] = projects;
    if (!first) throw new Error('no project');
    const user = await server.seed.user();
    await ProjectMembers.add(first.id, 30, { userId: user.id });
    expect(await ProjectMembers.all(first.id)).toMatchObject([{ id: user.id, access_level: 30 }]);
    await Projects.transfer(first.id, other.id);
    expect(await Projects.show(first.id)).toMatchObject({
      path_with_namespace: `other-${engine}/a`,
      visibility: 'private',
    });
    expect((await Namespaces.all()).map(({ full_path }) => full_path)).toContain(`made-${engine}/inner`);
    await Groups.remove(group.id);
    expect((await Projects.all({ search: 'b' })).filter(({ namespace }) => namespace.id === group.id)).toEqual([]);
    expect(await Projects.show(first.id)).toMatchObject({ archived: false });
  });
});
