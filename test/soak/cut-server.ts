import { mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { toConfig } from '../../src/config/config.ts';
import { toSecrets } from '../../src/config/secrets.ts';
import type { RawSettings } from '../../src/config/settings.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { freePort, freshPostgresUrl } from '../support/postgres.ts';
import { PASSWORD } from '../support/seed.ts';
import { launch, ROOT_TOKEN } from '../support/server.ts';
import type { Stored } from './verify-blobs.ts';

export type CutServer = Awaited<ReturnType<typeof startCutServer>>;

/**
 * The server on a disk whose power is cut. Nothing of this process is open on the disk. The database of PostgreSQL is
 * on another disk: no sync of the database then makes a push durable by accident.
 */
export async function startCutServer(disk: string, engine: Engine) {
  const folder = join(disk, 'data');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const raw: RawSettings = {
    POSTERN_DATA: folder,
    POSTERN_LISTEN: `127.0.0.1:${port}`,
    POSTERN_URL: url,
    POSTERN_ROOT_TOKEN: ROOT_TOKEN,
    POSTERN_ROOT_PASSWORD: PASSWORD,
    POSTERN_LOG_LEVEL: 'info',
  };
  if (engine === 'postgres') raw.POSTERN_DATABASE_URL = await freshPostgresUrl();
  const logs: string[] = [];
  let { child } = await launch(raw, logs);
  const kill = async () => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return {
    folder,
    url,
    logs,
    urlFor: (username: string, secret: string) =>
      url.replace('://', `://${encodeURIComponent(username)}:${encodeURIComponent(secret)}@`),
    /** `kill -9` of the server alone: its gits live on. */
    kill,
    /** `kill -9` of the server and all its gits, as a container that is out of memory is. */
    async killAll(): Promise<void> {
      await kill();
      for (let ids = processesOn(disk); ids.length > 0; ids = processesOn(disk)) {
        for (const id of ids) killIfThere(id);
        await Bun.sleep(10);
      }
    },
    async restart(): Promise<void> {
      ({ child } = await launch(raw, logs));
    },
    /** Looks at the database and the blobs, opened beside the server only as long as `look` runs. */
    async beside<T>(look: (stored: Stored) => Promise<T>): Promise<T> {
      const logger = pino({ level: 'silent' });
      await using app = await createApp({ config: toConfig(raw), secrets: toSecrets(raw), logger });
      return await look({ raw, folder, db: app.database.db });
    },
    [Symbol.asyncDispose]: () => kill(),
  };
}

/** The processes whose folder or arguments are on a disk: those of the server's gits. */
function processesOn(disk: string): number[] {
  const isOn = (path: string) => path === disk || path.startsWith(`${disk}/`);
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      return [readlinkSync(`/proc/${name}/cwd`), ...args].some(isOn) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

function killIfThere(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
