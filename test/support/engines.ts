import { describe } from 'bun:test';
import type { Engine } from '../../src/store/db/database.ts';

/** Both, every time; `POSTERN_TEST_ENGINES=sqlite` for a quick loop by hand. */
export const ENGINES = (process.env['POSTERN_TEST_ENGINES'] ?? 'sqlite,postgres').split(',') as Engine[];

/**
 * Runs a suite on SQLite alone: for stories of pages and clients whose queries have their tests on both engines. With
 * `POSTERN_TEST_ENGINES=postgres` on that one.
 */
export function onOneEngine(name: string, suite: (engine: Engine) => void): void {
  for (const engine of ENGINES.slice(0, 1)) describe(`${name} [${engine}]`, () => suite(engine));
}

/** Runs a suite once per database engine. */
export function onEachEngine(name: string, suite: (engine: Engine) => void): void {
  for (const engine of ENGINES) describe(`${name} [${engine}]`, () => suite(engine));
}
