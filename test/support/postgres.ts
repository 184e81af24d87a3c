import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';

/**
 * A PostgreSQL of the tests' own: started once per test run, in a temporary folder, by a user without privileges, on a
 * free port of 127.0.0.1; ended with the run.
 */
let started: Promise<string> | undefined;

/**
 * Ends the server and removes its folder when our end of its stdin closes: that happens however we end, also by a
 * signal that leaves us no time. Kept, because a pipe that is forgotten is closed.
 */
const KEEP = `trap '' INT TERM HUP; "$@" & cat > /dev/null; kill -QUIT $!; wait; rm -rf "$0"`;
let keeper: Bun.Subprocess | undefined;

/** The URL of a fresh database on it: an empty one, or a copy of the database `template`. */
export async function freshPostgresUrl(template = 'template0'): Promise<string> {
  started ??= start();
  const base = await started;
  const name = `t${crypto.randomUUID().replaceAll('-', '')}`;
  await runSql(base, `create database ${name} template ${template} strategy file_copy`);
  return base.replace(/\/[^/]*$/, `/${name}`);
}

/** Removes a database that `freshPostgresUrl` made, and cuts who is still connected to it. */
export async function dropPostgres(url: string): Promise<void> {
  await runSql(url.replace(/\/[^/]*$/, '/postgres'), `drop database ${new URL(url).pathname.slice(1)} with (force)`);
}

async function runSql(url: string, sql: string): Promise<void> {
  const { Client } = await import('pg');
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function start(): Promise<string> {
  const bin = findBinaries();
  const folder = scratchFolder('postern-pg-');
  const asNobody = process.getuid?.() === 0 ? ['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups'] : [];
  if (asNobody.length > 0) Bun.spawnSync(['chown', 'nobody:nogroup', folder]);
  run(
    [
      ...asNobody,
      join(bin, 'initdb'),
      '-D',
      join(folder, 'data'),
      '-U',
      'postern',
      '--auth=trust',
      '--no-sync',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
    ],
    folder,
  );
  const port = await freePort();
  // Durability is PostgreSQL's own concern; here it would only cost time.
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'full_page_writes=off',
    'max_connections=300',
  ];
  const postgres = [...asNobody, join(bin, 'postgres'), '-D', join(folder, 'data')];
  keeper = Bun.spawn(['sh', '-c', KEEP, folder, ...postgres, ...settings.flatMap((s) => ['-c', s])], {
    cwd: '/',
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  keeper.unref();
  await waitForPort(port);
  const url = `postgres://postern@127.0.0.1:${port}/postgres`;
  for (let attempt = 0; ; attempt++) {
    try {
      await runSql(url, 'select 1');
      return url;
    } catch (error) {
      if (attempt > 100) throw error;
      await Bun.sleep(50);
    }
  }
}

function run(command: string[], cwd: string): void {
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd, stdout: 'ignore', stderr: 'pipe' });
  if (exitCode !== 0) throw new Error(`${command.join(' ')}: ${stderr.toString()}`);
}

function findBinaries(): string {
  const root = '/usr/lib/postgresql';
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
  if (versions[0] === undefined)
    throw new Error('no PostgreSQL under /usr/lib/postgresql: run script/test, which installs it');
  return join(root, versions[0], 'bin');
}

export async function freePort(): Promise<number> {
  const server = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } });
  const { port } = server;
  server.stop(true);
  return port;
}

export async function waitForPort(port: number, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await Bun.sleep(20);
  }
  throw new Error(`nothing listens on port ${port}`);
}
