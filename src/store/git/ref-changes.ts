import { join } from 'node:path';
import { conflict, ruleBroken, unavailable } from '../../lib/errors.ts';
import { followFirstBranch, followPush, headBranch } from './git-head.ts';
import { type GitLauncher, gitFailure } from './git-process.ts';
import { isRevision } from './git-revision.ts';
import type { RefCommand } from './push-commands.ts';
import { foldersOfRefs, syncNames } from './push-durability.ts';

/** An annotated tag that is yet to be made. */
export interface NewTag {
  name: string;
  /** The commit. */
  commit: string;
  message: string;
  tagger: { name: string; email: string };
  /** Milliseconds since 1970. */
  at: number;
}

/** The longest part of a name: the file system takes 255 bytes, and git adds `.lock`. */
const MAX_PART_BYTES = 250;

/**
 * Whether a branch or tag may have this name (git-check-ref-format). An object id and `HEAD` would be ambiguous.
 * @param name without `refs/heads/` or `refs/tags/`.
 */
export const isRefName = (name: string): boolean =>
  isRevision(name) &&
  name !== '@' &&
  name !== 'HEAD' &&
  !/^([0-9a-f]{40}|[0-9a-f]{64})$/i.test(name) &&
  name.split('/').every((part) => Buffer.byteLength(part) <= MAX_PART_BYTES);

/**
 * Creates or deletes one ref, and waits until that is on the disk.
 * @param command with the value that the ref has now; its names and ids are checked.
 * @throws PosternError `conflict` when the ref has another value by now, or its name is in the way of another one.
 */
export async function changeRef(git: GitLauncher, repository: string, command: RefCommand): Promise<void> {
  const { ref, old, new: wanted } = command;
  const head = await headBranch(repository);
  if (wanted === null && ref === `refs/heads/${head}`)
    throw ruleBroken('The default branch of a project cannot be deleted.', 'branch');
  await followPush(git, repository, [command]);
  const none = '0'.repeat((wanted ?? old ?? '').length);
  const change = wanted === null ? ['-d', ref, old ?? none] : [ref, wanted, old ?? none];
  const child = git.start(['--git-dir', repository, 'update-ref', ...change]);
  await child.stdin.end();
  const end = await child.exited;
  if (end.code !== 0) throw refusalOf(child.stderrHead()) ?? gitFailure('update-ref', end, child);
  const objects = wanted === null ? [] : foldersOfObject(repository, wanted);
  await syncNames({ objects, refs: foldersOfRefs(repository, [ref]) });
  await followFirstBranch(git, repository);
}

function refusalOf(stderr: string): Error | null {
  if (/\.lock': File exists/.test(stderr)) return unavailable('Another change of this ref is under way.', 1);
  if (/cannot lock ref/.test(stderr)) return conflict('The ref has changed, or its name conflicts with another ref.');
  return null;
}

/** The folder of a loose object, and the one that it is in. */
const foldersOfObject = (repository: string, id: string): string[] => {
  const objects = join(repository, 'objects');
  return [join(objects, id.slice(0, 2)), objects];
};

/** Writes an annotated tag; no ref leads to it yet. @returns its id. */
export async function writeTag(git: GitLauncher, repository: string, tag: NewTag): Promise<string> {
  const { name, commit, message, tagger, at } = tag;
  const by = `${plain(tagger.name)} <${plain(tagger.email)}> ${Math.floor(at / 1000)} +0000`;
  const text = `object ${commit}\ntype commit\ntag ${name}\ntagger ${by}\n\n${message.trimEnd()}\n`;
  const child = git.start(['--git-dir', repository, 'mktag']);
  child.stdin.write(text);
  await child.stdin.end();
  const [out, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (end.code !== 0) throw gitFailure('mktag', end, child);
  return out.trim();
}

/** Without the characters that end a name or an address in an object. */
const plain = (text: string) => text.replace(/[<>\p{Cc}]/gu, '').trim();
