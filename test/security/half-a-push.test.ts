/**
 * The attack: a client sends half of a push and closes the connection, again and again, while git is busy with it. Git
 * leaves what it has received in the repository if it is ended by a signal: the disk fills, and no quota counts it.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Project } from '../../src/domain/projects/projects.ts';
import { basic, startApp } from '../support/app.ts';
import { repositoryFolder } from '../support/git.ts';
import { pushBody } from '../support/raw-pack.ts';
import { ROOT_TOKEN, startServer, type TestServer } from '../support/server.ts';

const MEBIBYTE = 1024 * 1024;
/** A credential may have three quarters of the four processes. */
const TRIES = 3;

// The database is not involved: one engine is enough.
let server: TestServer;
beforeAll(async () => {
  server = await startServer('sqlite', { POSTERN_STOP_TIMEOUT: '1' });
});
afterAll(() => server[Symbol.asyncDispose]());

const newProject = async () => server.seed.project(await server.seed.group());

/** The beginning of a pack with one blob of 64 MiB, of which no byte can be left out. */
function halfPack(): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\x01', 'latin1');
  // Type 3, 64 MiB; then the beginning of a zlib stream with a stored block of 65,535 bytes.
  const object = Buffer.from([0xb0, 0x80, 0x80, 0x80, 0x02, 0x78, 0x01, 0x00, 0xff, 0xff, 0x00, 0x00]);
  return Buffer.concat([head, object, Buffer.alloc(60_000)]);
}

/** Sends half a push. @returns the connection, once git has begun to write what it gets. */
async function beginPush(project: Project): Promise<Socket> {
  const body = pushBody('refs/heads/main', 'a'.repeat(40), halfPack());
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  const head = [
    `POST /${project.full_path}.git/git-receive-pack HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: ${basic('root', ROOT_TOKEN).Authorization}`,
    'Content-Type: application/x-git-receive-pack-request',
    `Content-Length: ${MEBIBYTE}`,
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  socket.write(body);
  await until(() => leftovers(project).length > 0);
  freeze(server.folder, project);
  return socket;
}

/** Stops what receive-pack has started to unpack the push: it does not end by itself, as if it had much to do. */
function freeze(folder: string, { id }: Project): void {
  const repository = repositoryFolder(join(folder, 'repositories'), id);
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return '';
    }
  };
  const leaders = readdirSync('/proc').filter((pid) => {
    const args = read(`/proc/${pid}/cmdline`).split('\0');
    return args.includes('receive-pack') && args.includes(repository);
  });
  const children = leaders.flatMap((pid) => read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean));
  expect(children).toHaveLength(1);
  process.kill(Number(children[0]), 'SIGSTOP');
}

const leftovers = ({ id }: Project, folder = server.folder): string[] => {
  try {
    const objects = join(repositoryFolder(join(folder, 'repositories'), id), 'objects');
    return readdirSync(objects).filter((name) => name.startsWith('tmp_'));
  } catch {
    return [];
  }
};

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await Bun.sleep(25);
  expect(condition()).toBe(true);
}

test('half a push leaves nothing behind when its client closes the connection', async () => {
  const projects = await Promise.all(Array.from({ length: TRIES }, newProject));
  const sockets = await Promise.all(projects.map(beginPush));
  for (const socket of sockets) socket.destroy();
  await until(() => projects.every((project) => leftovers(project).length === 0));
}, 180_000);

test('nor when it takes too long', async () => {
  await using app = await startApp('sqlite', { POSTERN_GIT_TIMEOUT: '1' });
  const project = await app.seed.project(await app.seed.group());
  const user = await app.seed.user({ admin: true });
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(pushBody('refs/heads/main', 'a'.repeat(40), halfPack())),
  });
  const headers = { ...basic(user.username, user.token), 'Content-Type': 'application/x-git-receive-pack-request' };
  const answer = app.fetch(`/${project.full_path}.git/git-receive-pack`, { method: 'POST', body, headers });
  await until(() => leftovers(project, app.folder).length > 0);
  freeze(app.folder, project);
  await (await answer).text().catch(() => {});
  expect(leftovers(project, app.folder)).toEqual([]);
}, 180_000);

test('nor when the server is stopped', async () => {
  const project = await newProject();
  const socket = await beginPush(project);
  expect(await server.stop()).toBe(0);
  expect(leftovers(project)).toEqual([]);
  socket.destroy();
}, 180_000);
