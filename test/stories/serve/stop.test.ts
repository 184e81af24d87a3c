import { expect, test } from 'bun:test';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { basic } from '../../support/app.ts';
import { onEachEngine, onOneEngine } from '../../support/engines.ts';
import { thrown } from '../../support/rejection.ts';
import { startServer, type TestServer } from '../../support/server.ts';

/** An upload that is under way, and can be ended or left hanging. */
async function startUpload(server: TestServer) {
  const project = await server.seed.project(await server.seed.group());
  const user = await server.seed.user({ username: 'uploader', password: 'correct horse', admin: true });
  // More than the store holds in memory before it writes a file.
  const content = Buffer.alloc(1_000_000, 'half of it and the other half');
  const oid = new Bun.CryptoHasher('sha256').update(content).digest('hex');
  const url = `${server.url}/${project.full_path}.git/gitlab-lfs/objects/${oid}/${content.length}`;
  const rest = Promise.withResolvers<void>();
  async function* body() {
    yield content.subarray(0, 500_000);
    await rest.promise;
    yield content.subarray(500_000);
  }
  const answer = fetch(url, {
    method: 'PUT',
    headers: { ...basic(user.username, 'correct horse'), 'Content-Type': 'application/octet-stream' },
    body: body() as unknown as ReadableStream,
  });
  answer.catch(() => {});
  const incoming = join(server.folder, 'blobs/tmp');
  while (!existsSync(incoming) || readdirSync(incoming).length === 0) await Bun.sleep(10);
  return { answer, finish: () => rest.resolve() };
}

const refusesConnections = async (server: TestServer) => {
  for (let i = 0; i < 50; i++) {
    const reached = await fetch(`${server.url}/-/health`).then(
      () => true,
      () => false,
    );
    if (!reached) return true;
    await Bun.sleep(50);
  }
  return false;
};

onOneEngine('a stop', (engine) => {
  test('takes no more connections, and finishes what is under way', async () => {
    await using server = await startServer(engine, { POSTERN_STOP_TIMEOUT: '20' });
    const upload = await startUpload(server);
    const stopped = server.stop();
    expect(await refusesConnections(server)).toBe(true);
    upload.finish();
    expect((await upload.answer).status).toBe(200);
    expect(await stopped).toBe(0);
    expect(server.logs.some((line) => line.includes('were cut off'))).toBe(false);
  });

  test('waits no longer than it may', async () => {
    await using server = await startServer(engine, { POSTERN_STOP_TIMEOUT: '1' });
    const upload = await startUpload(server);
    // The upload never ends by itself.
    expect(await server.stop()).toBe(0);
    expect(await thrown(upload.answer)).toThrow();
    expect(server.logs.some((line) => line.includes('were cut off'))).toBe(true);
  });

  test('does not wait when it is asked a second time', async () => {
    // Longer than the runner waits for a test.
    await using server = await startServer(engine, { POSTERN_STOP_TIMEOUT: '3600' });
    const upload = await startUpload(server);
    const stopped = server.stop();
    expect(await refusesConnections(server)).toBe(true);
    process.kill(server.pid, 'SIGINT');
    expect(await stopped).toBe(0);
    expect(await thrown(upload.answer)).toThrow();
    expect(server.logs.some((line) => line.includes('were cut off'))).toBe(true);
  });
});

onEachEngine('a stop', (engine) => {
  test('writes down the last use of a token before it ends', async () => {
    await using server = await startServer(engine);
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project);
    const headers = basic(token.username, token.secret);
    await fetch(`${server.url}/${project.full_path}.git/info/refs?service=git-upload-pack`, { headers });
    expect(await server.stop()).toBe(0);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    const { lastUsed } = await server.services.deployTokens.get(owner, token.id);
    expect(lastUsed?.ip).toBe('127.0.0.1');
  });
});
