import { type GitLauncher, gitError } from './git-process.ts';
import { eachRecord } from './git-records.ts';
import { checkTreePath, resolveCommit } from './git-revision.ts';

export interface LogRequest {
  /** A branch, a tag or a commit id. */
  revision: string;
  /** Only commits that change this file or folder; empty: all. */
  path: string;
  /** How many of the newest commits to leave out. */
  skip: number;
  /** The most commits. */
  limit: number;
}

export interface LogEntry {
  id: string;
  parents: string[];
  author: { name: string; email: string; at: number };
  committer: { name: string; email: string; at: number };
  /** Cut off after 64 KiB. */
  message: string;
}

/** Of names, addresses and messages; more of a field is left out. */
const MAX_FIELD = 64 * 1024;
const FORMAT = ['%H', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];

/**
 * The commits that lead to a revision, the newest first.
 * @returns null when there is no such revision.
 * @throws PosternError `invalid` for a revision or path that git must not see.
 */
export async function readLog(git: GitLauncher, repository: string, request: LogRequest): Promise<LogEntry[] | null> {
  const { revision, path, skip, limit } = request;
  checkTreePath(path);
  const commit = await resolveCommit(git, repository, revision);
  if (commit === null) return null;
  const child = git.start([
    '--literal-pathspecs',
    '--git-dir',
    repository,
    'log',
    '-z',
    `--format=tformat:${FORMAT.join('%x00')}`,
    `--skip=${skip}`,
    `--max-count=${limit}`,
    '--end-of-options',
    commit,
    '--',
    ...(path === '' ? [] : [path]),
  ]);
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
  if (end.code !== 0) throw gitError('log', end, child);
  return entries;
}

function toEntry(fields: readonly string[]): LogEntry {
  const [id = '', parents = '', name = '', email = '', at, byName = '', byEmail = '', byAt, message = ''] = fields;
  return {
    id,
    parents: parents.split(' ').filter(Boolean),
    author: { name, email, at: 1000 * Number(at) },
    committer: { name: byName, email: byEmail, at: 1000 * Number(byAt) },
    message: message.trimEnd(),
  };
}
