import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Group } from '../../../src/domain/groups/groups.ts';
import type { Project } from '../../../src/domain/projects/projects.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { addCommits, makeRepository, repositoryUrl, rootUrl, seedRepository } from '../../support/git.ts';
import { startServer, type TestServer } from '../../support/server.ts';

onEachEngine('the journal of pushes', (engine) => {
  let server: TestServer;
  let client: TestClient;
  let group: Group;
  beforeAll(async () => {
    server = await startServer(engine);
    client = createClient();
    group = await server.seed.group();
  });
  afterAll(async () => {
    client[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  const git = async (cwd: string, ...args: string[]) => (await client.ok(['git', ...args], { cwd })).stdout.trim();
  const idsOf = (cwd: string, ...revisions: string[]) =>
    Promise.all(revisions.map((revision) => git(cwd, 'rev-parse', revision)));
  /** In one file: git would write one for each. */
  const addTags = async (cwd: string, count: number) => {
    const [head] = await idsOf(cwd, 'HEAD');
    const lines = Array.from({ length: count }, (_, i) => `${head} refs/tags/v${100_000 + i}\n`);
    await Bun.write(`${cwd}/.git/packed-refs`, `# pack-refs with: peeled fully-peeled sorted \n${lines.join('')}`);
  };
  /** The journal of a project, oldest first, as `[ref, old, new, forced]`. */
  const journal = async (project: Project) =>
    (await server.services.repositories.updates(project, null, 100))
      .reverse()
      .map(({ ref, old, new: now, forced }) => [ref, old, now, forced]);
  const events = async (project: Project) =>
    (
      await server.services.audit.list(
        { entityKind: 'Project', entityId: project.id, actions: ['repository_pushed'] },
        { page: 1, perPage: 100 },
      )
    ).items.reverse();

  for (const version of ['0', '1', '2']) {
    test(`protocol ${version}: creations, updates, forced updates and deletions of branches and tags`, async () => {
      const project = await server.seed.project(group);
      const cwd = await makeRepository(client, `kinds-${version}`, 3);
      const push = (...args: string[]) =>
        git(cwd, '-c', `protocol.version=${version}`, 'push', '-q', rootUrl(server, project), ...args);
      const [first, second, third] = await idsOf(cwd, 'main~2', 'main~1', 'main');
      await git(cwd, 'tag', '-a', 'v1', '-m', 'one', 'main~1');
      const [tag] = await idsOf(cwd, 'v1');
      await push('main');
      await push('main~2:refs/heads/dev', 'v1');
      await push('main~1:refs/heads/dev');
      await push('--force', 'main~2:refs/heads/dev', 'main:refs/tags/v1');
      await push(':dev', ':v1');
      const expected = [
        ['refs/heads/main', null, third, false],
        ['refs/heads/dev', null, first, false],
        ['refs/tags/v1', null, tag, false],
        ['refs/heads/dev', first, second, false],
        ['refs/heads/dev', second, first, true],
        ['refs/tags/v1', tag, third, true],
        ['refs/heads/dev', first, null, false],
        ['refs/tags/v1', third, null, false],
      ];
      expect<unknown>(await journal(project)).toEqual(expected);
      const all = await events(project);
      const dev = 'refs/heads/dev';
      const v1 = 'refs/tags/v1';
      const named = all.map(({ details }) => (details['refs'] as { ref: string }[]).map(({ ref }) => ref));
      expect(named).toEqual([['refs/heads/main'], [dev, v1], [dev], [dev, v1], [dev, v1]]);
      expect(all[0]).toMatchObject({ by: { kind: 'user', name: 'root', ip: '127.0.0.1' } });
      expect(all[0]?.by.requestId).toMatch(/\S{10,}/);
    });
  }

  test('an author of a push is kept with each of its updates', async () => {
    const project = await server.seed.project(group);
    const user = await server.seed.user();
    await server.seed.join(project, user, 'developer');
    const start = Date.now();
    const credentials = { username: user.username, secret: user.token };
    const cwd = await makeRepository(client, 'author');
    await git(cwd, 'push', '-q', repositoryUrl(server, project, credentials), 'main');
    const [update] = await server.services.repositories.updates(project, null, 10);
    expect(update?.by).toMatchObject({ kind: 'user', id: user.id, name: user.username, ip: '127.0.0.1' });
    expect(update?.at).toBeGreaterThanOrEqual(start);
  });

  test('only updates that happened are events: a rejected ref is not, and --atomic is all or nothing', async () => {
    const project = await server.seed.project(group);
    const cwd = await seedRepository(server, client, project, 3);
    const [first, third] = await idsOf(cwd, 'main~2', 'main');
    const url = rootUrl(server, project);
    // A branch cannot be a file and a folder.
    const push = (...args: string[]) => client.run(['git', 'push', '-q', ...args], { cwd });
    const partly = await push(url, 'main:refs/heads/main/below', 'main~2:refs/heads/other');
    expect(partly.code).not.toBe(0);
    expect((await push('--atomic', url, 'main:refs/heads/other/below', 'main:refs/heads/third')).code).not.toBe(0);
    expect((await push('--atomic', url, 'main:refs/heads/a', 'main:refs/heads/b')).code).toBe(0);
    expect<unknown>(await journal(project)).toEqual([
      ['refs/heads/main', null, third, false],
      ['refs/heads/other', null, first, false],
      ['refs/heads/a', null, third, false],
      ['refs/heads/b', null, third, false],
    ]);
    expect(await events(project)).toHaveLength(3);
  });

  test('a push that changes nothing is no event', async () => {
    const project = await server.seed.project(group);
    const cwd = await seedRepository(server, client, project);
    const { output } = await client.run(['git', 'push', rootUrl(server, project), 'main'], { cwd });
    expect(output).toContain('Everything up-to-date');
    expect(await events(project)).toHaveLength(1);
  });

  test('an event names twenty refs and counts the others; the journal has all of them', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'many');
    await addTags(cwd, 120);
    await git(cwd, 'push', '-q', '--tags', rootUrl(server, project));
    const [event, ...more] = await events(project);
    expect(more).toEqual([]);
    expect(event?.details['refs']).toHaveLength(20);
    expect(event?.details['count']).toBe(120);
    const seen = new Set<string>();
    let before: number | null = null;
    for (;;) {
      const page = await server.services.repositories.updates(project, before, 1000);
      expect(page.length).toBeLessThanOrEqual(100);
      for (const { ref } of page) seen.add(ref);
      before = page.at(-1)?.id ?? null;
      if (before === null) break;
    }
    expect(seen.size).toBe(120);
  });

  test('two pushes to one ref at once: one is done and in the journal, the other is neither', async () => {
    const project = await server.seed.project(group);
    const cwd = await seedRepository(server, client, project, 1);
    await addCommits(client, cwd, 1, 'one');
    await addCommits(client, cwd, 1, 'two');
    const url = rootUrl(server, project);
    const codes = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const { code } = await client.run(['git', 'push', '-q', '--force', url, `${name}:refs/heads/main`], { cwd });
        return code;
      }),
    );
    const updates = (await journal(project)).slice(1);
    expect(updates).toHaveLength(codes.filter((code) => code === 0).length);
    const [tip] = (await git(cwd, 'ls-remote', url, 'refs/heads/main')).split('\t');
    expect(updates.at(-1)?.[2]).toBe(tip ?? '');
  });

  test('a server that is killed after the refs have moved writes the event when it starts again', async () => {
    const project = await server.seed.project(group);
    const cwd = await makeRepository(client, 'killed', 2);
    const ids = await idsOf(cwd, 'main~1', 'main');
    const url = rootUrl(server, project);
    await git(cwd, 'push', '-q', url, 'main~1:refs/heads/main');
    // The journal refuses the updates, so that the server cannot finish what it is killed in.
    await server.db.schema.alterTable('ref_updates').renameTo('ref_updates_away').execute();
    await git(cwd, 'push', '-q', url, 'main');
    await server.kill();
    await server.db.schema.alterTable('ref_updates_away').renameTo('ref_updates').execute();
    expect(await events(project)).toHaveLength(1);
    await server.restart();
    for (let i = 0; i < 200 && (await journal(project)).length < 2; i++) await Bun.sleep(50);
    expect<unknown>(await journal(project)).toEqual([
      ['refs/heads/main', null, ids[0], false],
      ['refs/heads/main', ids[0], ids[1], false],
    ]);
    const all = await events(project);
    expect(all.map(({ by }) => [by.kind, by.name, by.ip])).toEqual(Array(2).fill(['user', 'root', '127.0.0.1']));
  });
});
