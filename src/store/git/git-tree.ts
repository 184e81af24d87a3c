import { type GitLauncher, gitFailure } from './git-process.ts';
import { eachRecord } from './git-records.ts';
import { checkTreePath } from './git-revision.ts';

export interface TreeEntry {
  /**
   * As git writes it: `100644` a file, `100755` a program, `120000` a symbolic link, `040000` a folder, `160000` a
   * submodule.
   */
  mode: string;
  kind: 'blob' | 'tree' | 'commit';
  id: string;
  /** In bytes; null for what is not a blob, and when no sizes were asked for. */
  size: number | null;
  /** From the top of the repository. */
  path: string;
}

export interface TreeList {
  entries: TreeEntry[];
  /** There are more entries than were asked for. */
  more: boolean;
}

export interface TreeRequest {
  /** A branch, a tag or a commit id. */
  revision: string;
  /** A folder; empty: the top. */
  path: string;
  /** Also what is in its subfolders. */
  recursive: boolean;
  /** The most entries. */
  limit: number;
  /** Left out: true. Without sizes git does not look at the files. */
  sizes?: boolean;
}

export interface FileRequest {
  /** A branch, a tag or a commit id. */
  revision: string;
  path: string;
  /** A larger file is not read. */
  maxBytes: number;
}

export interface GitFile {
  id: string;
  size: number;
  /** Null when the file is larger than the bound. */
  bytes: Uint8Array | null;
  /** The commit that the revision named. */
  commit: string;
  executable: boolean;
}

/** Longer than the longest path that a tree may have here, and its prefix. */
const MAX_RECORD = 8192;

/**
 * The entries of a folder in git's order.
 * @param request.revision the id of a commit.
 * @returns null when there is no such folder.
 * @throws PosternError `invalid` for a path that git must not see.
 */
export async function listTree(git: GitLauncher, repository: string, request: TreeRequest): Promise<TreeList | null> {
  const { revision, path, recursive, limit, sizes = true } = request;
  checkTreePath(path);
  const tree = path === '' ? revision : `${revision}:${path}`;
  const child = git.start([
    '--git-dir',
    repository,
    'ls-tree',
    '-z',
    ...(sizes ? ['--long'] : []),
    '--full-tree',
    ...(recursive ? ['-r', '-t'] : []),
    '--end-of-options',
    tree,
  ]);
  const entries: TreeEntry[] = [];
  const end = await eachRecord(child, MAX_RECORD, (record) => {
    const entry = parseEntry(record);
    if (entry) entries.push({ ...entry, path: path === '' ? entry.path : `${path}/${entry.path}` });
    return entries.length <= limit;
  });
  if (entries.length > limit) return { entries: entries.slice(0, limit), more: true };
  if (end.code === 0) return { entries, more: false };
  if (/not a tree object|Not a valid object name/.test(child.stderrHead())) return null;
  throw gitFailure('ls-tree', end, child);
}

/**
 * A file in a commit. A symbolic link is not followed.
 * @param request.revision the id of a commit.
 * @returns null when there is no file at the path.
 * @throws PosternError `invalid` for a path that git must not see.
 */
export async function readFile(git: GitLauncher, repository: string, request: FileRequest): Promise<GitFile | null> {
  const { revision, path, maxBytes } = request;
  checkTreePath(path);
  if (path === '') return null;
  // Without this option a path that starts with ":(" is a pattern.
  const literal = ['--literal-pathspecs', '--git-dir', repository];
  const out = await git.run([
    ...literal,
    'ls-tree',
    '-z',
    '--long',
    '--full-tree',
    '--end-of-options',
    revision,
    '--',
    path,
  ]);
  const entry = parseEntry(new TextDecoder().decode(out).split('\0')[0] ?? '');
  if (!entry || entry.size === null || !entry.mode.startsWith('100')) return null;
  const { id, size, mode } = entry;
  const bytes = size <= maxBytes ? await git.run(['--git-dir', repository, 'cat-file', 'blob', id]) : null;
  return { id, size, bytes, commit: revision, executable: mode === '100755' };
}

function parseEntry(record: string): TreeEntry | null {
  const [, mode = '', kind, id = '', size, path = ''] =
    /^(\d+) (blob|tree|commit) (\S+)(?: +(\d+|-))?\t([\s\S]+)$/.exec(record) ?? [];
  if (path === '') return null;
  return {
    mode,
    kind: kind as TreeEntry['kind'],
    id,
    size: size === undefined || size === '-' ? null : Number(size),
    path,
  };
}
