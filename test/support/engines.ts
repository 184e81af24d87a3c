import { describe } from 'bun:test';
import type { Engine } from '../../src/store/db/database.ts';

/** Both, every time; `POSTERN_TEST_ENGINES=sqlite` for a quick loop by hand. */
export const ENGINES = (process.env['POSTERN_TEST_ENGINES'] ?? 'sqlite,postgres').split(',') as Engine[];

/** Runs a suite once per database engine. */
export function onEachEngine(name: string, suite: (engine: Engine) => void): void {
  for (const engine of ENGINES) describe(`${name} [${engine}]`, () => suite(engine));
}
