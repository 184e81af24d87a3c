import { test } from 'bun:test';
import { PROGRAM_PATH } from './client.ts';

/**
 * A `test` for stories that run someone else's program. Where one is not installed the story is skipped, visibly and
 * saying which; in CI, where `script/clients` must have installed them all, it fails.
 * @param programs their names, on the path of `createClient`.
 */
export function needsClient(...programs: string[]) {
  const missing = programs.filter((program) => Bun.which(program, { PATH: PROGRAM_PATH }) === null);
  return (name: string, story: () => void | Promise<void>, timeoutMs?: number): void => {
    const why = `${missing.join(', ')} not installed: run script/clients`;
    const fail = () => {
      throw new Error(why);
    };
    if (missing.length === 0) test(name, story, timeoutMs);
    else if (process.env['CI'] === 'true') test(name, fail);
    else test.skip(`${name} (${why})`, story);
  };
}
