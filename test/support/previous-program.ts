import { MIGRATIONS } from '../../src/store/db/migrations/index.ts';
import type { DeclaredMigration } from '../../src/store/db/migrations/migration.ts';

/** The newest migration that the previous release knows. Raise it with each release. */
const NEWEST_OF_PREVIOUS = '0015-file-metadata';

/** The migrations that the previous release does not know, oldest first. */
export const newMigrations = (): [name: string, migration: DeclaredMigration][] =>
  Object.entries(MIGRATIONS).filter(([name]) => name > NEWEST_OF_PREVIOUS);
