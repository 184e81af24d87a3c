import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { StartError } from '../lib/start-error.ts';

/**
 * For commands that work on the data of a server. In a wrong folder they would create an empty database and work on it
 * without an error.
 * @throws StartError when there is no SQLite database in the data folder. PostgreSQL is checked when it is connected.
 */
export function requireDatabase({ database, dataFolder }: Config): void {
  if (database.engine !== 'sqlite' || existsSync(database.file)) return;
  throw new StartError(
    `POSTERN_DATA: there is no database in ${dataFolder}: give the folder of the server, or start the server first.`,
  );
}
