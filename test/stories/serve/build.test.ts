import { expect, test } from 'bun:test';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '../../support/client.ts';
import { freePort, waitForPort } from '../../support/postgres.ts';
import { ROOT } from '../../support/source-tree.ts';

test('the executable serves from an empty folder, with nothing on the PATH but git', async () => {
  using client = createClient();
  const program = client.path('build/postern');
  const bin = client.path('bin');
  const port = await freePort();
  await client.ok([join(ROOT, 'script/build'), program], { timeoutSeconds: 120 });
  mkdirSync(bin);
  symlinkSync(Bun.which('git') ?? '', join(bin, 'git'));
  mkdirSync(client.path('empty'));
  const token = 'a-root-token-for-the-executable';
  const server = Bun.spawn([program, 'serve', '--listen', `127.0.0.1:${port}`], {
    cwd: client.path('empty'),
    env: { PATH: bin, POSTERN_ROOT_TOKEN: token },
    stdout: 'pipe',
    stderr: 'ignore',
  });
  try {
    await waitForPort(port);
    const url = `http://127.0.0.1:${port}`;
    const headers = { 'PRIVATE-TOKEN': token, 'Content-Type': 'application/json' };
    const body = JSON.stringify({ name: 'hello' });
    expect((await fetch(`${url}/api/v4/projects`, { method: 'POST', headers, body })).status).toBe(201);
    const remote = `http://root:${token}@127.0.0.1:${port}/root/hello.git`;
    await client.ok(['git', 'init', '-q', '-b', 'main', 'hello']);
    const work = { cwd: client.path('hello') };
    await client.ok(['git', 'commit', '-q', '--allow-empty', '-m', 'Say hello'], work);
    await client.ok(['git', 'push', '-q', remote, 'main'], work);
    await client.ok(['git', 'clone', '-q', remote, 'again']);
    server.kill('SIGTERM');
    expect(await server.exited).toBe(0);
  } finally {
    server.kill('SIGKILL');
  }
}, 180_000);
