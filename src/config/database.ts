import type { Config } from './config.ts';
import type { ConfigSecrets } from './secrets.ts';

/** The database with the URL that holds its password. */
export function databaseAddress({ database }: Pick<Config, 'database'>, { databaseUrl }: ConfigSecrets) {
  return database.engine === 'sqlite' ? database : { ...database, url: databaseUrl?.reveal() ?? '' };
}
