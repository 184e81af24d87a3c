import { expect, test } from 'bun:test';
import { connect, createServer, type Socket } from 'node:net';
import { startApp } from './support/app.ts';
import { onEachEngine } from './support/engines.ts';
import { freePort, freshPostgresUrl } from './support/postgres.ts';
import { ROOT_TOKEN } from './support/server.ts';

/** A connection to the database that can be cut and restored. */
async function wireTo(target: URL) {
  const sockets = new Set<Socket>();
  const port = await freePort();
  const open = () => {
    const server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    return new Promise<typeof server>((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
  };
  let server = await open();
  const url = new URL(target);
  url.port = String(port);
  const cut = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  const restore = async () => {
    server = await open();
  };
  return { url: url.href, cut, restore, [Symbol.dispose]: cut };
}

// An embedded database has no wire.
onEachEngine('a database that goes away', (engine) => {
  if (engine !== 'postgres') return;
  test('is a 503 that says when to try again, and is found again when it is back', async () => {
    using wire = await wireTo(new URL(await freshPostgresUrl()));
    const settings = { POSTERN_DATABASE_URL: wire.url, POSTERN_ROOT_TOKEN: ROOT_TOKEN };
    await using app = await startApp('sqlite', settings);
    await app.app.firstStart(() => {});
    const ask = () => app.fetch('/api/v4/user', { headers: { 'PRIVATE-TOKEN': ROOT_TOKEN } });
    expect((await ask()).status).toBe(200);
    wire.cut();
    for (let i = 0; i < 3; i++) {
      const answer = await ask();
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answer.text()).not.toContain('127.0.0.1');
    }
    expect(app.lines.some((line) => line.includes('"msg":"fault"'))).toBe(true);
    await wire.restore();
    expect((await ask()).status).toBe(200);
  });
});
