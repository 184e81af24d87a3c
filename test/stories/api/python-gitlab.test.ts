import { beforeAll, expect } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { seedRepository } from '../../support/git.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { ROOT_TOKEN, type TestServer } from '../../support/server.ts';
import { opens } from './opens.ts';

const story = needsClient('python-gitlab');

onOneServer('the command line of python-gitlab', (started, engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await started;
  });

  /** Runs it and reads what it says as JSON. */
  const createGitlab = () => {
    const client = createClient();
    const options = ['--server-url', server.url, '--private-token', ROOT_TOKEN, '-o', 'json'];
    const run = async (...words: string[]) => {
      const { stdout } = await client.ok(['python-gitlab', ...options, ...words]);
      return stdout.trim() === '' ? null : JSON.parse(stdout);
    };
    return { client, run, [Symbol.dispose]: () => client[Symbol.dispose]() };
  };

  story('creates, lists, gets and deletes deploy tokens of a project', async () => {
    using gitlab = createGitlab();
    const project = await server.seed.project(await server.seed.group());
    const of = ['--project-id', project.full_path];
    const created = await gitlab.run(
      'project-deploy-token',
      'create',
      ...of,
      '--name',
      'machine',
      '--scopes',
      'read_repository,read_registry',
      '--expires-at',
      '2099-01-31',
    );
    expect(created).toMatchObject({ name: 'machine', expires_at: '2099-01-31T00:00:00.000Z', revoked: false });
    expect(created.scopes).toEqual(['read_repository', 'read_registry']);
    expect(await opens(server, gitlab.client, project, created)).toBe(true);
    const { token: _, ...shown } = created;
    expect(await gitlab.run('project-deploy-token', 'list', ...of)).toMatchObject([
      { id: created.id, name: 'machine' },
    ]);
    expect(await gitlab.run('project-deploy-token', 'get', ...of, '--id', `${created.id}`)).toMatchObject(shown);
    await gitlab.run('project-deploy-token', 'delete', ...of, '--id', `${created.id}`);
    expect(await gitlab.run('project-deploy-token', 'list', ...of)).toEqual([]);
    expect(await opens(server, gitlab.client, project, created)).toBe(false);
  });

  story('creates, lists, gets and deletes deploy tokens of a group', async () => {
    using gitlab = createGitlab();
    const group = await server.seed.group(await server.seed.group());
    const project = await server.seed.project(group);
    const of = ['--group-id', group.full_path];
    const created = await gitlab.run(
      'group-deploy-token',
      'create',
      ...of,
      '--name',
      'machine',
      '--scopes',
      'read_repository',
      '--username',
      'the.machine',
    );
    expect(created).toMatchObject({ username: 'the.machine', expires_at: null });
    expect(await opens(server, gitlab.client, project, created)).toBe(true);
    expect(await gitlab.run('group-deploy-token', 'list', ...of)).toMatchObject([{ id: created.id }]);
    expect(await gitlab.run('deploy-token', 'list', '--all')).toContainEqual(
      expect.objectContaining({ id: created.id }),
    );
    expect((await gitlab.run('group-deploy-token', 'get', ...of, '--id', `${created.id}`)).token).toBeUndefined();
    await gitlab.run('group-deploy-token', 'delete', ...of, '--id', `${created.id}`);
    expect(await gitlab.run('group-deploy-token', 'list', ...of)).toEqual([]);
    expect(await opens(server, gitlab.client, project, created)).toBe(false);
  });

  story('makes the group, the project and the member that a token is for', async () => {
    using gitlab = createGitlab();
    const group = await gitlab.run('group', 'create', '--name', 'Made', '--path', `made-${engine}`);
    const project = await gitlab.run('project', 'create', '--name', 'App', '--namespace-id', `${group.id}`);
    expect(project.path_with_namespace).toBe(`made-${engine}/app`);
    const user = await server.seed.user();
    const of = ['--project-id', `${project.id}`];
    const member = await gitlab.run(
      'project-member',
      'create',
      ...of,
      '--user-id',
      `${user.id}`,
      '--access-level',
      '30',
    );
    expect(member).toMatchObject({ username: user.username, access_level: 30 });
    expect(await gitlab.run('project-member-all', 'list', ...of)).toHaveLength(2);
    expect(await gitlab.run('project', 'update', '--id', `${project.id}`, '--description', 'About')).toMatchObject({
      description: 'About',
    });
    await gitlab.run('group', 'delete', '--id', `${group.id}`);
    expect((await gitlab.run('project', 'list', '--owned', 'true')).map((row: { id: number }) => row.id)).not.toContain(
      project.id,
    );
  });

  story('reads a repository, and creates and deletes a branch and a tag', async () => {
    using gitlab = createGitlab();
    const project = await server.seed.project(await server.seed.group());
    await seedRepository(server, gitlab.client, project, 3);
    const of = ['--project-id', project.full_path];
    const branch = ['project-branch', 'create', ...of, '--branch', 'topic/one', '--ref', 'main'];
    expect(await gitlab.run(...branch)).toMatchObject({ name: 'topic/one', default: false });
    const names = (rows: { name: string }[]) => rows.map(({ name }) => name);
    expect(names(await gitlab.run('project-branch', 'list', ...of))).toEqual(['main', 'topic/one']);
    await gitlab.run('project-branch', 'delete', ...of, '--name', 'topic/one');
    const tag = ['project-tag', 'create', ...of, '--tag-name', 'v1', '--ref', 'main', '--message', 'First'];
    const { commit } = await gitlab.run(...tag);
    expect(commit.title).toBe('commit 3');
    const get = ['project-file', 'get', ...of, '--file-path', 'file.txt', '--ref', 'v1'];
    expect(atob((await gitlab.run(...get)).content)).toBe('line 1\nline 2\nline 3\n');
    const commits = await gitlab.run('project-commit', 'list', ...of, '--get-all');
    expect(commits.map(({ title }: { title: string }) => title)).toEqual(['commit 3', 'commit 2', 'commit 1']);
    const tree = await gitlab.run('project', 'repository-tree', '--id', `${project.id}`);
    expect(names(tree)).toEqual(['file.txt']);
  });

  story('says what is wrong in words that its user can act on', async () => {
    using gitlab = createGitlab();
    const project = await server.seed.project(await server.seed.group());
    const command = [
      'python-gitlab',
      '--server-url',
      server.url,
      '--private-token',
      ROOT_TOKEN,
      'project-deploy-token',
      'create',
      '--project-id',
      `${project.id}`,
    ];
    const refused = await gitlab.client.run([...command, '--name', 'x', '--scopes', 'write_repository']);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('scopes does not have a valid value');
  });
});
