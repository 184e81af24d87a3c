import { beforeAll, expect, test } from 'bun:test';
import { Gitlab } from '@gitbeaker/rest';
import { createClient } from '../../support/client.ts';
import { seedRepository } from '../../support/git.ts';
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

  // The database is not involved.
  if (engine === 'postgres') return;
  test('reads a repository, and creates and deletes a branch and a tag', async () => {
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    await seedRepository(server, client, project, 3);
    const { id } = project;
    const { Branches, Tags, Commits, Repositories, RepositoryFiles } = new Gitlab({
      host: server.url,
      token: ROOT_TOKEN,
    });
    expect(await Branches.create(id, 'topic/one', 'main')).toMatchObject({ name: 'topic/one', merged: true });
    expect((await Branches.all(id, { perPage: 1 })).map(({ name }) => name)).toEqual(['main', 'topic/one']);
    await Branches.remove(id, 'topic/one');
    expect(await Branches.all(id)).toMatchObject([{ name: 'main', default: true }]);
    await Tags.create(id, 'v1', 'main', { message: 'First' });
    expect(await Tags.show(id, 'v1')).toMatchObject({ message: 'First', commit: { title: 'commit 3' } });
    const [newest, , oldest] = await Commits.all(id, { perPage: 1 });
    expect([newest?.title, oldest?.title]).toEqual(['commit 3', 'commit 1']);
    expect(await Commits.showDiff(id, newest?.id ?? '')).toMatchObject([{ new_path: 'file.txt' }]);
    const compared = await Repositories.compare(id, oldest?.id ?? '', 'v1');
    expect(compared.commits?.map(({ title }) => title)).toEqual(['commit 2', 'commit 3']);
    expect(await Repositories.allRepositoryTrees(id)).toMatchObject([{ path: 'file.txt', type: 'blob' }]);
    const file = await RepositoryFiles.show(id, 'file.txt', 'v1');
    expect(atob(file.content)).toBe('line 1\nline 2\nline 3\n');
    expect(String(await RepositoryFiles.showRaw(id, 'file.txt', 'main'))).toBe('line 1\nline 2\nline 3\n');
    const archive = (await Repositories.showArchive(id, { fileType: 'tar' })) as unknown as Blob;
    expect(await archive.text()).toContain('file.txt');
  });
});
