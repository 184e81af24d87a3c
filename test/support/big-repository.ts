import { equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { createClient, type TestClient } from './client.ts';
import { repositoryUrl, rootUrl } from './git.ts';
import { residentMegabytes } from './memory.ts';
import { startServer } from './server.ts';

const MEGABYTE = 1_000_000;
const FILE_BYTES = 50 * MEGABYTE;

/**
 * A repository that cannot be compressed, in files of 50 MB; written as one stream, so that neither we nor git hold it.
 */
async function makeBigRepository(client: TestClient, files: number): Promise<string> {
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
  for (let file = 0; file < files; file++) {
    await write(`M 100644 inline file-${file}.bin\ndata ${FILE_BYTES}\n`);
    for (let sent = 0; sent < FILE_BYTES; sent += MEGABYTE) await write(randomBytes(MEGABYTE));
    await write('\n');
  }
  await child.stdin.end();
  equal(await child.exited, 0);
  return cwd;
}

/**
 * Pushes a repository of so many files of 50 MB to a server of its own, and clones it with all `clients` at once.
 * @returns the peaks of the server's memory, in megabytes: after the push, and after the clones.
 */
export async function cloneBigRepository(files: number, clients: number): Promise<{ push: number; clones: number }> {
  await using server = await startServer('sqlite', {
    POSTERN_GIT_PROCESSES: String(clients),
    POSTERN_LOG_LEVEL: 'info',
  });
  using client = createClient();
  const project = await server.seed.project(await server.seed.group());
  const token = await server.seed.deployToken(project);
  const source = await makeBigRepository(client, files);
  await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd: source, timeoutSeconds: 300 });
  const push = residentMegabytes(server.pid, 'VmHWM');
  const commit = (await client.ok(['git', 'rev-parse', 'main'], { cwd: source })).stdout;
  rmSync(source, { recursive: true });

  const clone = async (number: number) => {
    const copy = `copy-${number}`;
    const cwd = client.path(copy);
    await client.ok(['git', 'clone', '-q', '--bare', repositoryUrl(server, project, token), copy], {
      timeoutSeconds: 400,
    });
    equal((await client.ok(['git', 'rev-parse', 'main'], { cwd })).stdout, commit);
    const { stdout } = await client.ok(['git', 'count-objects', '-v'], { cwd });
    ok(Number(/size-pack: (\d+)/.exec(stdout)?.[1]) * 1024 > files * FILE_BYTES, stdout);
    rmSync(cwd, { recursive: true });
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => clone(number)));
  return { push, clones: residentMegabytes(server.pid, 'VmHWM') };
}
