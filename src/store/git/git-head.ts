import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitLauncher } from './git-process.ts';

/** The usual names of a default branch, in order of preference. */
const USUAL = ['refs/heads/main', 'refs/heads/master'];

/**
 * Points HEAD at an existing branch if the branch it names does not exist. A repository is made before its first branch
 * has a name, and a clone checks out the branch that HEAD names. A HEAD that names an existing branch stays as it is.
 */
export async function followFirstBranch(git: GitLauncher, repository: string): Promise<void> {
  const head = await readFile(join(repository, 'HEAD'), 'utf8');
  const target = /^ref: (refs\/heads\/\S+)\s*$/.exec(head)?.[1];
  if (target === undefined || (await isLoose(repository, target))) return;
  const out = await git.run(['--git-dir', repository, 'for-each-ref', '--format=%(refname)', 'refs/heads']);
  const branches = new TextDecoder().decode(out).split('\n').filter(Boolean);
  const branch = USUAL.find((name) => branches.includes(name)) ?? branches[0];
  if (branch === undefined || branches.includes(target)) return;
  await git.run(['--git-dir', repository, 'symbolic-ref', 'HEAD', branch]);
}

/** The branch that HEAD names, whether it exists or not; null when HEAD is a commit, or there is no repository yet. */
export async function headBranch(repository: string): Promise<string | null> {
  const head = await readFile(join(repository, 'HEAD'), 'utf8').catch(() => '');
  return /^ref: refs\/heads\/(\S+)\s*$/.exec(head)?.[1] ?? null;
}

/** Whether a branch has a file of its own. It usually has, and then no git needs to be started. */
async function isLoose(repository: string, ref: string): Promise<boolean> {
  return stat(join(repository, ref)).then(
    (entry) => entry.isFile(),
    () => false,
  );
}
