import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { basic, startApp, type TestApp } from '../../../test/support/app.ts';
import type { RawSettings } from '../../config/settings.ts';

/** The database is not involved: one engine is enough. */
async function serveRepository(settings: RawSettings) {
  const app = await startApp('sqlite', settings);
  const project = await app.seed.project(await app.seed.group());
  const user = await app.seed.user({ admin: true });
  const address = `/${project.full_path}.git`;
  const headers = { ...basic(user.username, user.token), 'Content-Type': 'application/x-git-receive-pack-request' };
  const leaving = new AbortController();
  return {
    app,
    refs: () => app.fetch(`${address}/info/refs?service=git-upload-pack`, { headers }),
    /** A push whose body stops in the middle, like that of a client that hangs. */
    stall: () => {
      const body = new ReadableStream<Uint8Array>({
        start: (stream) => stream.enqueue(new TextEncoder().encode('00')),
      });
      return app.fetch(`${address}/git-receive-pack`, { method: 'POST', body, headers, signal: leaving.signal });
    },
    leave: () => leaving.abort(),
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

/** The number of git processes on this server's repositories, read from /proc and not from the server's own count. */
function runningGits(app: TestApp): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
      return '';
    }
  });
  return lines.filter((line) => line.includes(app.folder) && line.includes('receive-pack')).length;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await condition()) return;
    await Bun.sleep(25);
  }
  throw new Error('waited in vain');
}

test('while all processes are busy and the queue is full: 503 with Retry-After; a client that disconnects frees a process', async () => {
  await using served = await serveRepository({ POSTERN_GIT_PROCESSES: '1', POSTERN_GIT_QUEUE: '0' });
  expect((await served.refs()).status).toBe(200);
  const metrics = async () => (await served.app.fetch('/-/metrics')).text();
  await until(async () => (await metrics()).includes('postern_git_processes{state="running"} 0'));
  const stalled = served.stall();
  await until(() => runningGits(served.app) === 1);
  const busy = await served.refs();
  expect(busy.status).toBe(503);
  expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await busy.text()).toContain('busy');
  expect(await metrics()).toContain('postern_git_processes{state="running"} 1');
  served.leave();
  await stalled.catch(() => {});
  await until(() => runningGits(served.app) === 0);
  expect((await served.refs()).status).toBe(200);
});

test('a client that disconnects is logged as such: not as a fault and not as a busy server', async () => {
  await using served = await serveRepository({});
  const stalled = served.stall();
  await until(() => runningGits(served.app) === 1);
  served.leave();
  expect((await stalled).status).toBe(499);
  await until(() => runningGits(served.app) === 0);
  const lines = served.app.lines.map((line) => JSON.parse(line));
  expect(lines.filter(({ level }) => level >= 40)).toEqual([]);
  expect(lines.at(-1)).toMatchObject({ status: 499, outcome: 'client_left' });
});

test('a client that hangs in the middle of its request is disconnected, and its git is ended', async () => {
  await using served = await serveRepository({ POSTERN_IDLE_TIMEOUT: '1' });
  // The other limit, POSTERN_GIT_TIMEOUT, is an hour.
  const response = await served.stall();
  expect(response.status).toBe(408);
  expect(runningGits(served.app)).toBe(0);
});

test('a git that takes too long is ended', async () => {
  await using served = await serveRepository({ POSTERN_GIT_TIMEOUT: '1' });
  const response = await served.stall();
  expect(response.status).toBe(503);
  expect(await response.text()).toContain('too long');
  expect(runningGits(served.app)).toBe(0);
});

test("git gets nothing of the server's environment, no configuration file, and bounds on its memory and processor time", async () => {
  await using served = await serveRepository({});
  const stalled = served.stall();
  await until(() => runningGits(served.app) === 1);
  const pid = readdirSync('/proc').find((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(served.app.folder);
    } catch {
      return false;
    }
  });
  const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  const names = variables.map((variable) => variable.split('=')[0] ?? '').sort();
  expect(names).toEqual([
    'GIT_ALLOC_LIMIT',
    'GIT_ATTR_NOSYSTEM',
    'GIT_CONFIG_GLOBAL',
    'GIT_CONFIG_NOSYSTEM',
    'GIT_NO_REPLACE_OBJECTS',
    'GIT_TERMINAL_PROMPT',
    'HOME',
    'LANG',
    'PATH',
    'XDG_CONFIG_HOME',
  ]);
  expect(readdirSync(served.app.path('repositories', 'home'))).toEqual([]);
  const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
  expect(limits).toMatch(/^Max cpu time +3600 +3610 /m);
  expect(limits).toMatch(new RegExp(`^Max address space +${4 * 1024 ** 3} `, 'm'));
  expect(limits).toMatch(/^Max core file size +0 +0 /m);
  served.leave();
  await stalled.catch(() => {});
});
