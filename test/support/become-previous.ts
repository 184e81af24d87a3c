/**
 * Preloaded into a server (`bun --preload`): takes the migrations out of its list that the previous release does not
 * know, so that the server finds a database that is newer than itself.
 */
import { MIGRATIONS } from '../../src/store/db/migrations/index.ts';
import { newMigrations } from './previous-program.ts';

for (const [name] of newMigrations()) delete (MIGRATIONS as Record<string, unknown>)[name];
