import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { StartError } from '../lib/start-error.ts';

/**
 * For commands that need what a server has made. In another folder they would make a database of their own, and do
 * their work there without a word.
 * @throws StartError when there is none in the data folder; whether PostgreSQL has one is seen when it is asked.
 */
export function requireDatabase({ database, dataFolder }: Config): void {
  if (database.engine !== 'sqlite' || existsSync(database.file)) return;
  throw new StartError(
    `POSTERN_DATA: there is no database in ${dataFolder}: give the folder of the server, or start the server first.`,
  );
}
