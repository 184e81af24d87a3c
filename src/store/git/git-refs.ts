import { type GitLauncher, gitFailure } from './git-process.ts';
import { eachRecord } from './git-records.ts';
import { isRevision } from './git-revision.ts';
import type { Ref } from './git-view.ts';

export type RefKind = 'branches' | 'tags';

export interface RefPage {
  items: RefWithCommit[];
  page: number;
  perPage: number;
  total: number;
}

/** A branch or tag with its commit. */
export interface RefWithCommit extends Ref {
  /** The commit. */
  id: string;
  /** The first line of the message of the tag or the commit. */
  subject: string;
  /** The object that the ref names: of an annotated tag the tag, else the commit. */
  target: string;
  /** The message of an annotated tag, cut off after 64 KiB; null for any other ref. */
  message: string | null;
}

export interface RefOrder {
  by: 'name' | 'updated' | 'version';
  direction: 'asc' | 'desc';
}

export interface RefRequest {
  kind: RefKind;
  /** A part of the name, in any case; `^` at its start and `$` at its end stand for the ends of the name. */
  search: string;
  page: number;
  perPage: number;
  /** Left out: the newest first. */
  order?: RefOrder;
}

const UNDER: Record<RefKind, { prefix: string; date: string }> = {
  branches: { prefix: 'refs/heads/', date: 'committerdate' },
  tags: { prefix: 'refs/tags/', date: 'creatordate' },
};

const NEWEST_FIRST: RefOrder = { by: 'updated', direction: 'desc' };

/** The full name of a branch or tag. */
export const refName = (kind: RefKind, name: string): string => UNDER[kind].prefix + name;

/** A page of branches or tags. */
export async function listRefPage(git: GitLauncher, path: string, request: RefRequest): Promise<RefPage> {
  const { kind, search, page, perPage, order = NEWEST_FIRST } = request;
  const { prefix, date } = UNDER[kind];
  const field = { name: 'refname', version: 'version:refname', updated: date }[order.by];
  const key = `${order.direction === 'desc' ? '-' : ''}${field}`;
  const out = await git.run([
    '--git-dir',
    path,
    'for-each-ref',
    `--sort=${key}`,
    '--format=%(refname:lstrip=2)',
    prefix,
  ]);
  const names = new TextDecoder().decode(out).split('\n').filter(matcherOf(search));
  const wanted = names.slice((page - 1) * perPage, page * perPage);
  return { items: await readRefs(git, path, kind, wanted), page, perPage, total: names.length };
}

function matcherOf(search: string): (name: string) => boolean {
  const text = search.toLowerCase();
  const atStart = text.startsWith('^');
  const atEnd = text.endsWith('$');
  const part = text.slice(atStart ? 1 : 0, atEnd ? -1 : undefined);
  return (name) => {
    const lower = name.toLowerCase();
    if (name === '' || !lower.includes(part)) return false;
    return (!atStart || lower.startsWith(part)) && (!atEnd || lower.endsWith(part));
  };
}

/** Of one field: more of a message is left out. */
const MAX_FIELD = 64 * 1024;

/**
 * Branches or tags by name, in the order of the names.
 * @param names at most a page of them. A name that no ref can have, or that none has, is left out.
 */
export async function readRefs(
  git: GitLauncher,
  path: string,
  kind: RefKind,
  names: readonly string[],
): Promise<RefWithCommit[]> {
  const { prefix, date } = UNDER[kind];
  const patterns = names.filter(isRevision).map((name) => prefix + name);
  if (patterns.length === 0) return [];
  // An annotated tag is an object that names its commit; the fields with a star are those of the commit.
  const fields = [
    'refname:lstrip=2',
    `${date}:unix`,
    'objecttype',
    'objectname',
    '*objectname',
    'contents:subject',
    'contents',
  ];
  const format = fields.map((field) => `%(${field})%00`).join('');
  const child = git.start(['--git-dir', path, 'for-each-ref', `--format=${format}`, '--', ...patterns]);
  const found = new Map<string, RefWithCommit>();
  let record: string[] = [];
  const end = await eachRecord(child, MAX_FIELD, (field) => {
    record.push(field);
    if (record.length === fields.length) {
      const ref = toRef(record);
      // Git takes a name for a folder too.
      if (names.includes(ref.name)) found.set(ref.name, ref);
      record = [];
    }
    return true;
  });
  if (end.code !== 0) throw gitFailure('for-each-ref', end, child);
  return names.flatMap((name) => found.get(name) ?? []);
}

function toRef([name = '', seconds, type, own = '', led = '', subject = '', contents = '']: readonly string[]) {
  return {
    // The line before ends in a line feed.
    name: name.replace(/^\n/, ''),
    at: 1000 * Number(seconds ?? 0),
    id: led || own,
    subject,
    target: own,
    message: type === 'tag' ? contents.trimEnd() : null,
  };
}

/**
 * Finds out which branches are merged.
 * @param into the branch that they may be merged into.
 * @param names at most a page of them.
 * @returns the names of those whose commits are all in the history of `into`.
 */
export async function listMerged(
  git: GitLauncher,
  path: string,
  { into, names }: { into: string; names: readonly string[] },
): Promise<Set<string>> {
  const { prefix } = UNDER.branches;
  const patterns = names.filter(isRevision).map((name) => prefix + name);
  if (patterns.length === 0 || (await readRefs(git, path, 'branches', [into])).length === 0) return new Set();
  const out = await git.run([
    '--git-dir',
    path,
    'for-each-ref',
    `--merged=${prefix}${into}`,
    '--format=%(refname:lstrip=2)',
    '--',
    ...patterns,
  ]);
  return new Set(new TextDecoder().decode(out).split('\n').filter(Boolean));
}
