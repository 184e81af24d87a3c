import { defined } from '../../src/lib/defined.ts';
import type { TestClient } from './client.ts';
import { PROGRAM_PATH } from './client.ts';
import { freePort } from './postgres.ts';

/** The access rule of a foreign registry: any token of this service. */
export interface TokenAuth {
  realm: string;
  service: string;
  issuer: string;
  /** A PEM file of certificates. */
  rootcertbundle: string;
}

/**
 * CNCF distribution, as Debian has it and sets it up, on a port of 127.0.0.1 and in a folder of the client's.
 * @param token null: it lets everyone in.
 */
export async function startDockerRegistry(client: TestClient, token: TokenAuth | null) {
  const host = `127.0.0.1:${await freePort()}`;
  // JSON is YAML.
  const config = {
    version: 0.1,
    storage: {
      cache: { blobdescriptor: 'inmemory' },
      filesystem: { rootdirectory: client.path('registry') },
      delete: { enabled: true },
    },
    http: { addr: host },
    ...defined({ auth: token === null ? undefined : { token } }),
  };
  await Bun.write(client.path('registry.yml'), JSON.stringify(config));
  const log = Bun.file(client.path('registry.log'));
  const child = Bun.spawn(['docker-registry', 'serve', client.path('registry.yml')], {
    env: { PATH: PROGRAM_PATH, HOME: client.home },
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for (let attempt = 0; ; attempt++) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => null);
    if (answer?.status === (token === null ? 200 : 401)) break;
    if (attempt > 200 || child.exitCode !== null) throw new Error(`no registry:\n${await log.text()}`);
    await Bun.sleep(25);
  }
  return {
    host,
    pid: child.pid,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await child.exited;
    },
  };
}
