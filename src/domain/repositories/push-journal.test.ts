import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { createClient } from '../../../test/support/client.ts';
import { authorised } from '../../../test/support/confirmed.ts';
import { makeRepository } from '../../../test/support/git.ts';
import { serveOverPipe } from '../../../test/support/git-over-pipe.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { MINUTE } from '../../lib/clock.ts';
import type { AuditAuthor } from '../audit/author.ts';
import type { Project } from '../projects/projects.ts';

const AUTHOR: AuditAuthor = { kind: 'user', id: 7, name: 'alice', ip: '203.0.113.9', requestId: 'r-1' };

onEachApp('recovery of interrupted pushes', (started) => {
  const client = createClient();
  let app: TestApp;
  let pipe: Awaited<ReturnType<typeof serveOverPipe>>;
  let cwd: string;
  let ids: string[];
  beforeAll(async () => {
    app = await started;
    pipe = await serveOverPipe(app, AUTHOR);
    cwd = await makeRepository(client, 'source', 3);
    ids = (await client.ok(['git', 'rev-list', '--reverse', 'main'], { cwd })).stdout.trim().split('\n');
  });
  afterAll(() => {
    pipe[Symbol.dispose]();
    client[Symbol.dispose]();
  });

  const push = (project: Project, ...args: string[]) =>
    client.ok(['git', 'push', '-q', pipe.url(project), ...args], { cwd, env: pipe.env });
  /**
   * Makes the database refuse what a push writes after its refs have moved; its row stays pending, as after a crash.
   */
  const withoutJournal = async (work: () => Promise<unknown>) => {
    await app.db.schema.alterTable('ref_updates').renameTo('ref_updates_away').execute();
    try {
      await work();
    } finally {
      await app.db.schema.alterTable('ref_updates_away').renameTo('ref_updates').execute();
    }
  };
  const recover = async () => (await app.services.repositories.recoverPushes()).settled;
  const journal = async (project: Project) => (await app.services.repositories.updates(project, null, 100)).reverse();
  const moves = async (project: Project) =>
    (await journal(project)).map(({ ref, old, new: now, forced }) => [ref, old, now, forced]);
  const pending = async (project: Project) => {
    const rows = await app.db.selectFrom('pushes').selectAll().where('project_id', '=', project.id).execute();
    return rows.filter((row) => row.pending !== null).length;
  };
  const events = async (project: Project) =>
    (
      await app.services.audit.list(
        { entityKind: 'Project', entityId: project.id, actions: ['repository_pushed'] },
        { page: 1, perPage: 100 },
      )
    ).items;
  const newProject = async () => app.seed.project(await app.seed.group());

  test('refs that moved are in the journal and in the audit log once, with their author and instant', async () => {
    const project = await newProject();
    await withoutJournal(() => push(project, 'main~2:refs/heads/main'));
    expect([await pending(project), await moves(project)]).toEqual([1, []]);
    const at = app.time.now;
    app.time.now += MINUTE;
    expect(await recover()).toBe(1);
    expect(await recover()).toBe(0);
    expect(await journal(project)).toMatchObject([
      { ref: 'refs/heads/main', old: null, new: ids[0], forced: false, by: AUTHOR, at },
    ]);
    expect(await pending(project)).toBe(0);
    expect(await events(project)).toMatchObject([{ by: AUTHOR, details: { refs: [{ ref: 'refs/heads/main' }] } }]);
  });

  test('a forced push is known as one', async () => {
    const project = await newProject();
    await push(project, 'main');
    await withoutJournal(() => push(project, '--force', 'main~1:refs/heads/main'));
    await recover();
    expect<unknown>((await moves(project)).at(-1)).toEqual(['refs/heads/main', ids[2], ids[1], true]);
  });

  test('refs that did not move are no event; they may still move for five minutes', async () => {
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    const commands = [
      { ref: 'refs/heads/main', old: ids[0], new: ids[1] },
      { ref: 'refs/heads/other', old: null, new: ids[1] },
    ];
    const row = { actor_kind: 'user', actor_id: 7, actor_name: 'alice', ip: null, request_id: null };
    await app.db
      .insertInto('pushes')
      .values({ ...row, project_id: project.id, pending: JSON.stringify(commands), created_at: app.time.now })
      .execute();
    expect(await recover()).toBe(0);
    expect(await pending(project)).toBe(1);
    app.time.now += 6 * MINUTE;
    expect(await recover()).toBe(1);
    expect([await pending(project), (await moves(project)).length]).toEqual([0, 1]);
    expect(await events(project)).toHaveLength(1);
  });

  test('an interrupted push that a later one has built on did happen', async () => {
    const project = await newProject();
    await withoutJournal(() => push(project, 'main~2:refs/heads/main'));
    await push(project, 'main~1:refs/heads/main');
    await push(project, 'main');
    await recover();
    expect<unknown>(
      (await moves(project)).sort((a, b) => ids.indexOf(String(a[2])) - ids.indexOf(String(b[2]))),
    ).toEqual([
      ['refs/heads/main', null, ids[0], false],
      ['refs/heads/main', ids[0], ids[1], false],
      ['refs/heads/main', ids[1], ids[2], false],
    ]);
  });

  test('an interrupted push that was repeated did not happen: the repetition is the event', async () => {
    const project = await newProject();
    const commands = [{ ref: 'refs/heads/main', old: null, new: ids[0] }];
    const row = { actor_kind: 'user', actor_id: 7, actor_name: 'alice', ip: null, request_id: 'first' };
    await app.db
      .insertInto('pushes')
      .values({ ...row, project_id: project.id, pending: JSON.stringify(commands), created_at: app.time.now })
      .execute();
    await push(project, 'main~2:refs/heads/main');
    app.time.now += 6 * MINUTE;
    await recover();
    expect((await journal(project)).map(({ by }) => by.requestId)).toEqual(['r-1']);
    expect(await pending(project)).toBe(0);
  });

  test('more interrupted pushes than are read at once, none of which can be settled yet, do not delay newer ones', async () => {
    const stuck = await newProject();
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    const row = { actor_kind: 'user', actor_id: 7, actor_name: 'alice', ip: null, request_id: null };
    const broken = { ...row, project_id: stuck.id, pending: '{', created_at: app.time.now };
    await app.db
      .insertInto('pushes')
      .values(Array.from({ length: 1000 }, () => broken))
      .execute();
    await withoutJournal(() => push(project, 'main'));
    await recover();
    expect([await pending(stuck), await pending(project)]).toEqual([1000, 0]);
    await app.db.deleteFrom('pushes').where('project_id', '=', stuck.id).execute();
  });

  test('a run looks at a bounded number of pushes, and the next one goes on after them', async () => {
    const stuck = await newProject();
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    const row = { actor_kind: 'user', actor_id: 7, actor_name: 'alice', ip: null, request_id: null };
    const at = { project_id: stuck.id, created_at: app.time.now };
    const broken = await app.db
      .insertInto('pushes')
      .values(Array.from({ length: 4 }, () => ({ ...row, ...at, pending: '{' })))
      .returning('id')
      .execute();
    await withoutJournal(() => push(project, 'main'));
    const { recoverPushes } = app.services.repositories;
    const ids = broken.map(({ id }) => Number(id));
    const before = Math.min(...ids) - 1;
    expect(await recoverPushes({ after: before, limit: 3 })).toEqual({ settled: 0, after: before + 3 });
    expect(await pending(project)).toBe(1);
    expect(await recoverPushes({ after: before + 3, limit: 3 })).toEqual({ settled: 1, after: 0 });
    expect([await pending(stuck), await pending(project)]).toEqual([4, 0]);
    await app.db.deleteFrom('pushes').where('project_id', '=', stuck.id).execute();
  });

  test('a push waits for an earlier one of its project, also when the run before has looked at that', async () => {
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    const row = { actor_kind: 'user', actor_id: 7, actor_name: 'alice', ip: null, request_id: null };
    const commands = [{ ref: 'refs/heads/other', old: null, new: ids[1] }];
    const { id } = await app.db
      .insertInto('pushes')
      .values({ ...row, project_id: project.id, pending: JSON.stringify(commands), created_at: app.time.now })
      .returning('id')
      .executeTakeFirstOrThrow();
    await withoutJournal(() => push(project, 'main'));
    const { recoverPushes } = app.services.repositories;
    expect(await recoverPushes({ after: Number(id) })).toEqual({ settled: 0, after: 0 });
    expect(await pending(project)).toBe(2);
    app.time.now += 6 * MINUTE;
    expect(await recover()).toBe(2);
  });

  test('the journal of a deleted project is deleted with it, also what is pending', async () => {
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    await withoutJournal(() => push(project, 'main'));
    await app.services.projects.destroy(project, authorised(AUTHOR));
    expect(await recover()).toBe(0);
    expect(await app.db.selectFrom('pushes').selectAll().where('project_id', '=', project.id).execute()).toEqual([]);
  });

  test('when the database refuses the push before its refs move, nothing of it is done', async () => {
    const project = await newProject();
    await push(project, 'main~2:refs/heads/main');
    await app.db.schema.alterTable('pushes').renameTo('pushes_away').execute();
    const { code, output } = await client.run(['git', 'push', '-q', pipe.url(project), 'main'], { cwd, env: pipe.env });
    await app.db.schema.alterTable('pushes_away').renameTo('pushes').execute();
    expect(code).not.toBe(0);
    expect(output).toContain('remote: The server cannot write to its database. Try again later.');
    const { stdout } = await client.ok(['git', 'ls-remote', pipe.url(project)], { env: pipe.env });
    expect(stdout).toContain(`${ids[0]}\trefs/heads/main`);
  });
});
