import type { GitLauncher } from './git-process.ts';
import type { RefCommand } from './push-commands.ts';

/** A ref that was created (`old` is null), deleted (`new` is null) or updated. */
export interface RefUpdate extends RefCommand {
  /** The old commit is not in the history of the new one, or an existing tag has moved. */
  forced: boolean;
}

/** Short enough for a command line. */
const NAMES_AT_ONCE = 200;

/** The object ids of refs, by name; a ref that does not exist has none. */
export async function readRefValues(
  git: GitLauncher,
  repository: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  // Nothing else is the name of a ref, and some of it would be a pattern or an option.
  const wanted = new Set(names.filter((name) => /^refs\/[^\x00-\x20\x7f*?[\\]+$/.test(name)));
  const all = [...wanted];
  const values = new Map<string, string>();
  for (let from = 0; from < all.length; from += NAMES_AT_ONCE) {
    const some = all.slice(from, from + NAMES_AT_ONCE);
    const format = '--format=%(objectname) %(refname)';
    const out = await git.run(['--git-dir', repository, 'for-each-ref', format, '--', ...some]);
    for (const line of new TextDecoder().decode(out).split('\n')) {
      const space = line.indexOf(' ');
      const name = line.slice(space + 1);
      if (wanted.has(name)) values.set(name, line.slice(0, space));
    }
  }
  return values;
}

/** Finds out which of the updates were forced. */
export async function describeUpdates(
  git: GitLauncher,
  repository: string,
  commands: readonly RefCommand[],
): Promise<RefUpdate[]> {
  const updates: RefUpdate[] = [];
  for (const command of commands) updates.push({ ...command, forced: await isForced(git, repository, command) });
  return updates;
}

async function isForced(git: GitLauncher, repository: string, command: RefCommand): Promise<boolean> {
  if (command.old === null || command.new === null) return false;
  if (command.ref.startsWith('refs/tags/')) return true;
  const child = git.start(['--git-dir', repository, 'merge-base', '--is-ancestor', command.old, command.new]);
  await child.stdin.end();
  // 1: it is not; more: one of them is no commit, or is gone.
  return (await child.exited).code !== 0;
}
