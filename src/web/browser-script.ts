import { readFileSync } from 'node:fs';

/**
 * The script of the pages as browsers take it. Called as a macro (https://bun.sh/docs/bundler/macros): while the
 * program is put together, so that the single executable has the result in it and no start has the work.
 */
export function browserScript(): string {
  const source = readFileSync(new URL('./browser/postern.ts', import.meta.url), 'utf8');
  return new Bun.Transpiler({ loader: 'ts', target: 'browser' }).transformSync(source);
}
