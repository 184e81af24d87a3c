import { test } from 'bun:test';

/**
 * A `test` for stories that run someone else's program. Where one is not installed the story is skipped, visibly and
 * saying which; in CI, where `script/clients` must have installed them all, it fails.
 * @param programs their names on PATH.
 */
export function needsClient(...programs: string[]) {
  const missing = programs.filter((program) => Bun.which(program) === null);
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
