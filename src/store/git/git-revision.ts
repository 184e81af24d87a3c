import { invalidParameter } from '../../lib/errors.ts';
import type { GitLauncher } from './git-process.ts';

const MAX_REVISION = 1024;
/** As Linux has it. */
const MAX_PATH = 4096;

/**
 * Whether a text may be given to git as a revision: an object id, the name of a ref in short or in full, or `HEAD`.
 * None of git's operators is taken: `~`, `^`, `:` and `@{` walk or search the history, and a leading `-` is an option.
 */
export function isRevision(text: string): boolean {
  return (
    text.length <= MAX_REVISION &&
    /^[^\s\p{Cc}~^:?*[\\-][^\s\p{Cc}~^:?*[\\]*$/u.test(text) &&
    !/\.\.|@\{|\/\/|\.lock(\/|$)|(^|\/)\.|[./]$|^\//.test(text)
  );
}

/**
 * Whether a text names something in a tree: segments that git can store, none of which leads upwards. Empty: the top.
 */
export function isTreePath(path: string): boolean {
  if (path === '') return true;
  return path.length <= MAX_PATH && !path.includes('\0') && path.split('/').every((part) => !/^\.{0,2}$/.test(part));
}

/**
 * The id of the commit that a revision names.
 * @returns null when there is none.
 * @throws PosternError `invalid` for a text that is not a revision.
 */
export async function resolveCommit(git: GitLauncher, repository: string, revision: string): Promise<string | null> {
  if (!isRevision(revision)) throw invalidParameter('The revision must be a branch, a tag or a commit id.');
  const child = git.start([
    '--git-dir',
    repository,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${revision}^{commit}`,
  ]);
  await child.stdin.end();
  const [out, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  const id = out.trim();
  return end.code === 0 && /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** @throws PosternError `invalid` */
export function checkTreePath(path: string): void {
  if (!isTreePath(path)) throw invalidParameter('The path must be relative, without empty, "." or ".." parts.');
}
