import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from '../blobs/if-missing.ts';
import { syncFolder } from '../sync.ts';
import type { GitLauncher } from './git-process.ts';
import type { RefCommand } from './push-commands.ts';

/** The usual names of a default branch, in order of preference. */
const USUAL = ['refs/heads/main', 'refs/heads/master'];
/** A name without the characters that git ends it at. Other white space may be in it, such as U+00A0. */
const NAME = '[^\\x00-\\x20\\x7f]+';
/** The name of a branch, or the id of a commit (gitrepository-layout, "HEAD"). */
const HEAD = new RegExp(`^(ref: refs/${NAME}|[0-9a-f]{40}|[0-9a-f]{64})[ \\t\\r\\n]*$`);
const BRANCH = new RegExp(`^ref: (refs/heads/${NAME})[ \\t\\r\\n]*$`);
/** Names that git does not take (git-check-ref-format): it refuses them after HEAD could be set to one. */
const NO_NAME = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[./]$|\ufffd/;

/**
 * Points HEAD at a branch of a push if the branch that HEAD names neither exists nor is pushed. It is called before the
 * refs move: the first push and its default branch are then durable together.
 */
export async function followPush(git: GitLauncher, repository: string, commands: readonly RefCommand[]): Promise<void> {
  const pushed = commands.flatMap(({ ref, new: wanted }) =>
    wanted !== null && ref.startsWith('refs/heads/') && !NO_NAME.test(ref) ? [ref] : [],
  );
  if (pushed.length > 0) await follow(git, repository, pushed);
}

/**
 * Points HEAD at an existing branch if the branch it names does not exist. A repository is made before its first branch
 * has a name, and a clone checks out the branch that HEAD names. A HEAD that names an existing branch stays as it is.
 */
export const followFirstBranch = (git: GitLauncher, repository: string): Promise<void> => follow(git, repository, []);

/** @param pushed branches that may not exist yet. */
async function follow(git: GitLauncher, repository: string, pushed: readonly string[]): Promise<void> {
  const target = targetOf(await readHead(repository));
  if (target === null || pushed.includes(target) || (await branchExists(repository, target))) return;
  const out = await git.run(['--git-dir', repository, 'for-each-ref', '--format=%(refname)', 'refs/heads']);
  const branches = [...new TextDecoder().decode(out).split('\n').filter(Boolean), ...pushed];
  const branch = USUAL.find((name) => branches.includes(name)) ?? branches[0];
  if (branch !== undefined && !branches.includes(target)) await writeHead(repository, branch);
}

/**
 * Writes a HEAD that names a branch, so that a power cut leaves the old one or the new one: `git symbolic-ref` syncs
 * neither the file nor its name.
 * @param ref `refs/heads/main`.
 */
export async function writeHead(repository: string, ref: string): Promise<void> {
  const fresh = join(repository, `HEAD.new-${crypto.randomUUID()}`);
  try {
    const file = await open(fresh, 'wx');
    try {
      await file.writeFile(`ref: ${ref}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, join(repository, 'HEAD'));
  } catch (error) {
    await rm(fresh, { force: true });
    throw error;
  }
  await syncFolder(repository);
}

/** Whether HEAD names a ref or a commit. Git takes a folder with another HEAD for no repository. */
export const isHeadSound = async (repository: string): Promise<boolean> => HEAD.test(await readHead(repository));

/** Writes a HEAD that names no ref again. @returns whether it had to. */
export async function repairHead(git: GitLauncher, repository: string): Promise<boolean> {
  if (await isHeadSound(repository)) return false;
  await writeHead(repository, 'refs/heads/main');
  await followFirstBranch(git, repository);
  return true;
}

/**
 * Explains why git refuses to delete the branch that HEAD names.
 * @returns a sentence for the pusher; null when the push does not delete it.
 */
export async function adviceOnDeletion(repository: string, commands: readonly RefCommand[]): Promise<string | null> {
  if (!commands.some((command) => command.new === null)) return null;
  const branch = await headBranch(repository);
  return commands.some(({ ref, new: wanted }) => wanted === null && ref === `refs/heads/${branch}`)
    ? `${branch} is the default branch and is not deleted. Choose another one in the settings of the project first.`
    : null;
}

/** The branch that HEAD names, whether it exists or not; null when HEAD is a commit, or there is no repository yet. */
export async function headBranch(repository: string): Promise<string | null> {
  return targetOf(await readHead(repository))?.slice('refs/heads/'.length) ?? null;
}

/** @returns the content of HEAD; nothing when the file is missing. */
const readHead = (repository: string): Promise<string> =>
  readFile(join(repository, 'HEAD'), 'utf8').catch(ifMissing(''));

const targetOf = (head: string): string | null => BRANCH.exec(head)?.[1] ?? null;

/** Whether a branch exists, as a file of its own or in packed-refs (gitrepository-layout). */
async function branchExists(repository: string, ref: string): Promise<boolean> {
  const loose = await stat(join(repository, ref)).catch(() => null);
  if (loose?.isFile()) return true;
  const packed = await readFile(join(repository, 'packed-refs'), 'latin1').catch(() => '');
  return packed.includes(` ${Buffer.from(ref).toString('latin1')}\n`);
}
