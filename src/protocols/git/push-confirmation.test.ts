import { afterAll, beforeAll, expect, test } from 'bun:test';
import { basic, type TestApp } from '../../../test/support/app.ts';
import { createClient } from '../../../test/support/client.ts';
import { makeRepository } from '../../../test/support/git.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { BY_SYSTEM } from '../../domain/access/confirm.ts';
import type { Project } from '../../domain/projects/projects.ts';

onEachApp('a push is confirmed before its refs move', (started) => {
  const client = createClient();
  let app: TestApp;
  let request: Uint8Array<ArrayBuffer>;
  let head: string;
  beforeAll(async () => {
    app = await started;
    const cwd = await makeRepository(client, 'source');
    head = (await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout.trim();
    const line = `${'0'.repeat(40)} ${head} refs/heads/main\0 report-status side-band-64k`;
    const command = `${(line.length + 4).toString(16).padStart(4, '0')}${line}0000`;
    await client.ok(['sh', '-c', 'git pack-objects --all --stdout -q </dev/null >pack'], { cwd });
    request = Buffer.concat([Buffer.from(command), await Bun.file(`${cwd}/pack`).bytes()]);
  });
  afterAll(() => client[Symbol.dispose]());

  /** Pushes as a developer, and does something when all but the last byte has arrived. @returns what git answers. */
  const pushWhile = async (project: Project, work: (user: { id: number }) => Promise<unknown>) => {
    const user = await app.seed.user();
    await app.seed.join(project, user, 'developer');
    const body = new ReadableStream<Uint8Array>({
      async start(stream) {
        stream.enqueue(request.subarray(0, -1));
        await Bun.sleep(200);
        await work(user);
        stream.enqueue(request.subarray(-1));
        stream.close();
      },
    });
    const headers = { ...basic(user.username, user.token), 'Content-Type': 'application/x-git-receive-pack-request' };
    const response = await app.fetch(`/${project.full_path}.git/git-receive-pack`, { method: 'POST', body, headers });
    return { status: response.status, text: await response.text() };
  };
  const newProject = async () => app.seed.project(await app.seed.group());
  const tip = async (project: Project) => (await app.services.repositories.view(project)).commit?.id ?? null;

  test('one that may go on is done', async () => {
    const project = await newProject();
    const { status, text } = await pushWhile(project, async () => {});
    expect(status).toBe(200);
    expect(text).toContain('ok refs/heads/main');
    expect(await tip(project)).toBe(head);
  });

  const refused = async (project: Project, answer: { status: number; text: string }, sentence: string) => {
    expect(answer.status).toBe(200);
    expect(answer.text).toContain(sentence);
    expect(answer.text).toContain('ng refs/heads/main pre-receive hook declined');
    expect(await tip(project)).toBeNull();
    expect(await app.services.repositories.updates(project, null, 1)).toEqual([]);
    expect(await app.db.selectFrom('pushes').select('id').where('project_id', '=', project.id).execute()).toEqual([]);
  };

  test('the token is revoked while the push arrives', async () => {
    const project = await newProject();
    const answer = await pushWhile(project, (user) =>
      app.db.updateTable('personal_access_tokens').set({ revoked_at: 1 }).where('user_id', '=', user.id).execute(),
    );
    await refused(project, answer, 'has been revoked');
  });

  test('the project is archived while the push arrives', async () => {
    const project = await newProject();
    const answer = await pushWhile(project, () => app.services.projects.archive(project, true, BY_SYSTEM));
    await refused(project, answer, 'archived');
  });

  test('the pusher is removed from the members while the push arrives', async () => {
    const project = await newProject();
    const answer = await pushWhile(project, (user) =>
      app.db.deleteFrom('members').where('user_id', '=', user.id).execute(),
    );
    await refused(project, answer, 'could not be found');
  });
});
