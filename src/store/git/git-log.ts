import { type GitLauncher, type GitProcess, gitFailure } from './git-process.ts';
import { eachRecord } from './git-records.ts';
import { checkTreePath } from './git-revision.ts';

export interface LogRequest {
  /** A branch, a tag or a commit id; null: all visible refs. */
  revision: string | null;
  /** Only commits that change this file or folder; empty: all. */
  path: string;
  /** How many of the newest commits to leave out. */
  skip: number;
  /** The most commits. */
  limit: number;
  /** Which commits to leave out. */
  filter?: LogFilter;
}

export interface LogFilter {
  /** Instants in milliseconds since 1970. */
  since?: number | undefined;
  until?: number | undefined;
  /** A part of the name or address of an author. */
  author?: string | undefined;
  /** Only the first parent of a merge is followed. */
  firstParent?: boolean | undefined;
  /** Left out with all commits that lead to it: the id of a commit. */
  without?: string | undefined;
  /** No commit comes before one of its children. */
  topological?: boolean | undefined;
}

export interface Signature {
  name: string;
  email: string;
  /** Milliseconds since 1970. */
  at: number;
  /** ISO 8601, in the zone of the person. */
  date: string;
}

export interface LogEntry {
  id: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  /** Cut off after 64 KiB. */
  message: string;
}

/** Git counts in 32 bits. */
const MAX_SKIPPED = 2 ** 31 - 1;

/** Of names, addresses and messages; more of a field is left out. */
const MAX_FIELD = 64 * 1024;
const FORMAT = ['%H', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'];
const FORMAT_OPTION = `--format=tformat:${FORMAT.join('%x00')}`;

/**
 * The commits that lead to some revisions, the newest first.
 * @param from arguments of `git rev-list` that name the revisions: an object id, or `--all`.
 * @throws PosternError `invalid` for a path that git must not see.
 */
export async function readLog(
  git: GitLauncher,
  repository: string,
  from: readonly string[],
  { path, skip, limit, filter = {} }: Omit<LogRequest, 'revision'>,
): Promise<LogEntry[]> {
  checkTreePath(path);
  const options = [...optionsOf(filter), `--skip=${Math.min(skip, MAX_SKIPPED)}`, `--max-count=${limit}`];
  const paths = path === '' ? [] : [path];
  const args = ['--literal-pathspecs', '--git-dir', repository, 'log', '-z', FORMAT_OPTION, ...options];
  const without = filter.without === undefined ? [] : [`^${filter.without}`];
  const child = git.start([...args, ...from, ...without, '--', ...paths]);
  return readEntries(child);
}

/**
 * Commits by their ids. An id that is no commit is left out.
 * @param ids at most a page of them, which git gave.
 */
export async function readCommits(
  git: GitLauncher,
  repository: string,
  ids: readonly string[],
): Promise<Map<string, LogEntry>> {
  if (ids.length === 0) return new Map();
  const peeled = await peelToCommits(git, repository, ids);
  if (peeled.length === 0) return new Map();
  const args = ['--git-dir', repository, 'log', '-z', '--no-walk=unsorted', FORMAT_OPTION];
  const entries = await readEntries(git.start([...args, '--end-of-options', ...peeled, '--']));
  return new Map(entries.map((entry) => [entry.id, entry]));
}

/** Those of some ids that are commits. */
async function peelToCommits(git: GitLauncher, repository: string, ids: readonly string[]): Promise<string[]> {
  const child = git.start(['--git-dir', repository, 'cat-file', '--batch-check=%(objecttype) %(objectname)']);
  child.stdin.write(`${ids.join('\n')}\n`);
  await child.stdin.end();
  const [out, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (end.code !== 0) throw gitFailure('cat-file', end, child);
  return out.split('\n').flatMap((line) => (line.startsWith('commit ') ? [line.slice('commit '.length)] : []));
}

function optionsOf({ since, until, author, firstParent, topological }: LogFilter): string[] {
  return [
    ...(since === undefined ? [] : [`--since=${Math.floor(since / 1000)}`]),
    ...(until === undefined ? [] : [`--until=${Math.floor(until / 1000)}`]),
    ...(author === undefined ? [] : ['--fixed-strings', '--regexp-ignore-case', `--author=${author}`]),
    ...(firstParent ? ['--first-parent'] : []),
    ...(topological ? ['--topo-order'] : []),
  ];
}

async function readEntries(child: GitProcess): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  let fields: string[] = [];
  const end = await eachRecord(child, MAX_FIELD, (field) => {
    fields.push(field);
    if (fields.length === FORMAT.length) {
      entries.push(toEntry(fields));
      fields = [];
    }
    return true;
  });
  if (end.code !== 0) throw gitFailure('log', end, child);
  return entries;
}

function toEntry(fields: readonly string[]): LogEntry {
  const [id = '', parents = '', name = '', email = '', at, byName = '', byEmail = '', byAt, message = ''] = fields;
  return {
    id,
    parents: parents.split(' ').filter(Boolean),
    author: toSignature(name, email, at),
    committer: toSignature(byName, byEmail, byAt),
    message: message.trimEnd(),
  };
}

/** @param date empty when the commit has a date that git cannot read. */
function toSignature(name: string, email: string, date = ''): Signature {
  const at = Date.parse(date);
  return Number.isNaN(at) ? { name, email, at: 0, date: new Date(0).toISOString() } : { name, email, at, date };
}
