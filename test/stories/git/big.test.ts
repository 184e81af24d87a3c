import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createClient, type TestClient } from '../../support/client.ts';
import { repositoryUrl, rootUrl } from '../../support/git.ts';
import { residentMegabytes } from '../../support/memory.ts';
import { startServer } from '../../support/server.ts';

const MEGABYTE = 1_000_000;
const FILES = 20;
const FILE_BYTES = 50 * MEGABYTE;
const CLIENTS = 8;
const MEMORY_LIMIT_MEGABYTES = 300;

/**
 * A gigabyte that cannot be compressed, in a few large files; written as one stream, so that neither we nor git hold
 * it.
 */
async function makeBigRepository(client: TestClient): Promise<string> {
  const cwd = client.path('big');
  await client.ok(['git', 'init', '-q', '--bare', '-b', 'main', cwd]);
  await client.ok(['git', 'config', 'core.compression', '0'], { cwd });
  // Otherwise the client would search for deltas for minutes.
  await client.ok(['git', 'config', 'core.bigFileThreshold', '1m'], { cwd });
  const child = Bun.spawn(['git', 'fast-import', '--quiet'], { cwd, stdin: 'pipe', stdout: 'ignore' });
  const write = async (data: string | Uint8Array) => {
    child.stdin.write(data);
    await child.stdin.flush();
  };
  await write('commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 3\nbig\n');
  for (let file = 0; file < FILES; file++) {
    await write(`M 100644 inline file-${file}.bin\ndata ${FILE_BYTES}\n`);
    for (let sent = 0; sent < FILE_BYTES; sent += MEGABYTE) await write(randomBytes(MEGABYTE));
    await write('\n');
  }
  await child.stdin.end();
  expect(await child.exited).toBe(0);
  return cwd;
}

// On one engine: the database is not involved in the transfer of the bytes.
test('a repository of a gigabyte is pushed, and cloned by eight clients at once, in less than 300 MB', async () => {
  await using server = await startServer('sqlite', {
    POSTERN_GIT_PROCESSES: String(CLIENTS),
    POSTERN_LOG_LEVEL: 'info',
  });
  using client = createClient();
  const project = await server.seed.project(await server.seed.group());
  const token = await server.seed.deployToken(project);
  const source = await makeBigRepository(client);
  await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd: source, timeoutSeconds: 300 });
  expect(residentMegabytes(server.pid, 'VmHWM')).toBeLessThan(MEMORY_LIMIT_MEGABYTES);
  const commit = (await client.ok(['git', 'rev-parse', 'main'], { cwd: source })).stdout;
  rmSync(source, { recursive: true });

  const clone = async (number: number) => {
    const copy = `copy-${number}`;
    const cwd = client.path(copy);
    await client.ok(['git', 'clone', '-q', '--bare', repositoryUrl(server, project, token), copy], {
      timeoutSeconds: 400,
    });
    expect((await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout).toBe(commit);
    const { stdout } = await client.ok(['git', 'count-objects', '-v'], { cwd });
    expect(Number(/size-pack: (\d+)/.exec(stdout)?.[1]) * 1024).toBeGreaterThan(FILES * FILE_BYTES);
    rmSync(cwd, { recursive: true });
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => clone(number)));
  expect(residentMegabytes(server.pid, 'VmHWM')).toBeLessThan(MEMORY_LIMIT_MEGABYTES);
}, 900_000);
