import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../../src/app.ts';
import { toConfig } from '../../src/config/config.ts';
import { toSecrets } from '../../src/config/secrets.ts';
import type { RawSettings } from '../../src/config/settings.ts';
import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { PackageType } from '../../src/http/packages/package-type.ts';
import { PACKAGE_TYPES } from '../../src/package-types.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { freshDatabase } from './fresh-database.ts';
import { scratchFolder } from './scratch.ts';
import { createSeed } from './seed.ts';

export type TestApp = Awaited<ReturnType<typeof startApp>>;

interface AppExtras {
  /** Package types in addition to those of the program. */
  types?: readonly PackageType[];
}

/**
 * The whole server in this process, on a database and folder of its own, with a clock that is moved by hand. Requests
 * go through the real dispatch; only the socket is missing.
 */
export async function startApp(engine: Engine, settings: RawSettings = {}, { types = [] }: AppExtras = {}) {
  const folder = scratchFolder('postern-test-');
  const own = settings.POSTERN_DATABASE_URL === undefined;
  const database = own ? await freshDatabase(engine, settings.POSTERN_DATA ?? folder) : undefined;
  const raw: RawSettings = {
    POSTERN_DATA: folder,
    POSTERN_URL: 'http://postern.test',
    ...database?.settings,
    ...settings,
  };
  const time = { now: Date.parse('2026-03-01T12:00:00Z') };
  const lines: string[] = [];
  const logger = pino({ level: 'trace', base: null }, { write: (line: string) => void lines.push(line) });
  const app = await createApp({
    config: toConfig(raw),
    secrets: toSecrets(raw),
    logger,
    clock: () => time.now,
    packageTypes: [...PACKAGE_TYPES, ...types],
  });
  const seed = createSeed(app.services);

  return {
    app,
    services: app.services,
    db: app.database.db,
    folder,
    /** The settings: for a second node on the same database. */
    raw,
    time,
    /** The log lines. */
    lines,
    seed,
    by: BY_SYSTEM,
    /** Sends a request as a client at `ip` would. A relative path is on the public URL. */
    fetch(path: string, init: RequestInit & { ip?: string } = {}): Promise<Response> {
      const { ip = '127.0.0.1', ...rest } = init;
      return app.dispatch(new Request(path.startsWith('/') ? `http://postern.test${path}` : path, rest), {
        peer: ip,
        disableIdleTimeout: () => {},
      });
    },
    path: (...parts: string[]) => join(folder, ...parts),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await database?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The headers of a user name and password or token, and of a personal access token. */
export const basic = (username: string, password: string) => ({
  Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
});
export const privateToken = (token: string) => ({ 'PRIVATE-TOKEN': token });
