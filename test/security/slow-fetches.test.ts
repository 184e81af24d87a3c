/**
 * The attack: four requests for a fetch, one byte of each every 50 seconds, hold all processes of git: clones by others
 * are refused, and the pages of every project hang. The same with pushes, which a git must read while they arrive.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { pushBody } from '../support/raw-pack.ts';

const IDLE_SECONDS = 1;

// The database is not involved: one engine is enough.
let app: TestApp;
let git = '';
let project: Awaited<ReturnType<TestApp['seed']['project']>>;
let users: { username: string; token: string }[];
beforeAll(async () => {
  app = await startApp('sqlite', {
    POSTERN_GIT_PROCESSES: '4',
    POSTERN_GIT_QUEUE: '4',
    POSTERN_IDLE_TIMEOUT: String(IDLE_SECONDS),
  });
  project = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), { visibility: 'public' });
  git = `/${project.full_path}.git`;
  users = [await app.seed.user({ admin: true }), await app.seed.user({ admin: true })];
});
afterAll(() => app[Symbol.asyncDispose]());

type As = { username: string; token: string } | undefined;
const headersOf = (user: As) => (user ? basic(user.username, user.token) : {});

/** Sends the beginning of a request, and then a byte each time that the server would give up a silent client. */
function slowly(service: string, user: As, ip: string, begin: Uint8Array) {
  const leaving = new AbortController();
  let timer: Timer | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      stream.enqueue(begin);
      timer = setInterval(() => stream.enqueue(new Uint8Array(1)), 400 * IDLE_SECONDS);
    },
  });
  const answer = app
    .fetch(`${git}/git-${service}`, {
      method: 'POST',
      body,
      headers: { ...headersOf(user), 'Content-Type': `application/x-git-${service}-request` },
      signal: leaving.signal,
      ip,
    })
    .finally(() => clearInterval(timer));
  return { answer, leave: () => leaving.abort() };
}
const refs = (user: As, ip: string) =>
  app.fetch(`${git}/info/refs?service=git-upload-pack`, { headers: headersOf(user), ip });
const processes = async () => {
  const metrics = await (await app.fetch('/-/metrics')).text();
  return Number(/postern_git_processes\{state="running"\} (\d+)/.exec(metrics)?.[1]);
};
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200 && !(await condition()); i++) await Bun.sleep(25);
  expect(await condition()).toBe(true);
}

test('a fetch takes a process when it has arrived; one that is too slow is refused with 408', async () => {
  const attack = [1, 2, 3, 4].map(() => slowly('upload-pack', undefined, '192.0.2.1', Buffer.from('0032want ')));
  expect((await refs(undefined, '192.0.2.1')).status).toBe(200);
  await until(async () => (await processes()) === 0);
  for (const { answer } of attack) expect((await answer).status).toBe(408);
}, 180_000);

test('slow pushes leave processes to other credentials and addresses, do not delay pages, and are ended', async () => {
  const begin = pushBody('refs/heads/main', 'a'.repeat(40), Buffer.from('PACK'));
  const attack = [1, 2, 3, 4].map(() => slowly('receive-pack', users[0], '192.0.2.1', begin));
  await until(async () => (await processes()) === 3);
  expect((await refs(users[1], '192.0.2.2')).status).toBe(200);
  expect((await app.fetch(`/${project.full_path}`)).status).toBe(200);
  for (const { answer } of attack.slice(0, 3)) await (await answer).text().catch(() => {});
  attack[3]?.leave();
  await attack[3]?.answer;
  await until(async () => (await processes()) === 0);
}, 180_000);
