import { join, relative } from 'node:path';
import { MINUTE } from '../../lib/clock.ts';
import { createGitLauncher } from '../../store/git/git-process.ts';
import { inspectRepositories } from '../../store/git/inspect-repositories.ts';
import { type Check, fail, ok, warning } from './check.ts';

const WHAT = 'repositories';
const ADVICE = 'The server repairs a repository when it is used; postern doctor --repair repairs all of them now.';
const MAX_NAMED = 5;

/**
 * Looks for repositories that a power cut or a kill has left unusable: a HEAD that names no ref, or locks that no git
 * holds.
 * @param path where git is looked for.
 * @param repair repairs them.
 */
export async function checkRepositories(dataFolder: string, path: string, repair: boolean): Promise<Check[]> {
  const root = join(dataFolder, 'repositories');
  const git = createGitLauncher(
    { root, path, pushBytes: 0, timeoutMs: 10 * MINUTE, idleMs: MINUTE, report() {} },
    root,
  );
  const { repositories, brokenHeads, locked } = await inspectRepositories(root, repair ? git : null);
  const name = (paths: readonly string[]) => {
    const names = paths.slice(0, MAX_NAMED).map((one) => relative(root, one));
    return `${names.join(', ')}${paths.length > MAX_NAMED ? ', ...' : ''}`;
  };
  const problem = repair
    ? (message: string) => ok(WHAT, `${message} They were repaired.`)
    : (message: string, make: typeof fail) => make(WHAT, message, ADVICE);
  const checks: Check[] = [];
  if (brokenHeads.length > 0)
    checks.push(
      problem(
        `Repositories with a HEAD that names no ref: ${brokenHeads.length} of ${repositories} (${name(brokenHeads)}).`,
        fail,
      ),
    );
  if (locked.length > 0)
    checks.push(
      problem(`Repositories with stale locks: ${locked.length} of ${repositories} (${name(locked)}).`, warning),
    );
  return checks.length > 0
    ? checks
    : [ok(WHAT, `Repositories checked: ${repositories}. Each has a valid HEAD and no stale lock.`)];
}
