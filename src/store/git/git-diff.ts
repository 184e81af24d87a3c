import { type GitLauncher, type GitProcess, gitFailure } from './git-process.ts';
import { eachRecord } from './git-records.ts';

export interface DiffRequest {
  /** The commit before; null: nothing, as before a first commit. */
  from: string | null;
  to: string;
}

/** The change of one file. */
export interface FileDiff {
  oldPath: string;
  newPath: string;
  /** As git writes them; `000000` for a file that is not there. */
  oldMode: string;
  newMode: string;
  change: 'added' | 'deleted' | 'renamed' | 'modified';
  /** The hunks, or a line about a binary file; null when they are over a bound. */
  hunks: string | null;
}

export interface DiffStats {
  additions: number;
  deletions: number;
}

/** The most files of a diff; more are left out. */
const MAX_FILES = 1000;
/** The most bytes of one file's hunks. */
const MAX_HUNKS = 200 * 1024;
/** The most bytes of all patches. */
const MAX_PATCHES = 5 * 1024 * 1024;
/** Twice the longest path that a tree may have here. */
const MAX_RECORD = 8192;

const DIFF = ['diff-tree', '-r', '-M', '-l200', '--no-commit-id', '--no-ext-diff', '--no-textconv', '--no-color'];

/** The changes between two commits, up to bounds in files and bytes. The ids are known to be commits. */
export async function readDiff(git: GitLauncher, repository: string, request: DiffRequest): Promise<FileDiff[]> {
  const commits = request.from === null ? ['--root', '--end-of-options'] : ['--end-of-options', request.from];
  const args = (...format: string[]) => ['--git-dir', repository, ...DIFF, ...format, ...commits, request.to];
  const files = await readFiles(git.start(args('--raw', '-z')));
  const patches = await readPatches(git.start(args('--patch')));
  return files.map(({ sections, ...file }) => {
    const parts = patches.splice(0, sections);
    const hunks = parts.map(hunksOf).join('');
    return { ...file, hunks: parts.length < sections || hunks.length > MAX_HUNKS ? null : hunks };
  });
}

type ChangedFile = Omit<FileDiff, 'hunks'> & { /** How many patches git makes of it. */ sections: number };

async function readFiles(child: GitProcess): Promise<ChangedFile[]> {
  const files: ChangedFile[] = [];
  let head: RegExpExecArray | null = null;
  let oldPath: string | null = null;
  const end = await eachRecord(child, MAX_RECORD, (record) => {
    if (head === null) {
      head = /^:(\d+) (\d+) \S+ \S+ ([A-Z])\d*$/.exec(record);
      return head !== null;
    }
    const [, oldMode = '', newMode = '', status = ''] = head;
    if (status === 'R' && oldPath === null) {
      oldPath = record;
      return true;
    }
    // A file that becomes a link is deleted and added again.
    const sections = status === 'T' ? 2 : 1;
    const change = CHANGES[status] ?? 'modified';
    files.push({ oldPath: oldPath ?? record, newPath: record, oldMode, newMode, change, sections });
    head = null;
    oldPath = null;
    return files.length < MAX_FILES;
  });
  if (end.code !== 0 && files.length < MAX_FILES) throw gitFailure('diff-tree', end, child);
  return files;
}

const CHANGES: Readonly<Record<string, FileDiff['change']>> = { A: 'added', D: 'deleted', R: 'renamed' };

/** The patches of files, in the order of the files. @returns only whole ones, up to the bound. */
async function readPatches(child: GitProcess): Promise<string[]> {
  await child.stdin.end();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of child.stdout) {
    chunks.push(chunk);
    size += chunk.length;
    if (size <= MAX_PATCHES) continue;
    child.end();
    break;
  }
  const end = await child.exited;
  if (size <= MAX_PATCHES && end.code !== 0) throw gitFailure('diff-tree', end, child);
  // Each line of a hunk starts with a character of git's: no content looks like a header.
  const patches = `\n${Buffer.concat(chunks)}`.split('\ndiff --git ').slice(1);
  return size > MAX_PATCHES ? patches.slice(0, -1) : patches;
}

/** A patch without its header. */
function hunksOf(patch: string): string {
  const start = /\n(?:@@ |Binary files )/.exec(patch);
  if (!start) return '';
  const hunks = patch.slice(start.index + 1);
  return hunks.endsWith('\n') ? hunks : `${hunks}\n`;
}

/**
 * The changed lines of commits, each compared with its first parent.
 * @param ids at most a page of commits.
 */
export async function readStats(
  git: GitLauncher,
  repository: string,
  ids: readonly string[],
): Promise<Map<string, DiffStats>> {
  if (ids.length === 0) return new Map();
  const options = ['--no-walk=unsorted', '--diff-merges=first-parent', '--shortstat', '--format=%x00%H'];
  const args = ['--git-dir', repository, 'log', ...options, '--no-ext-diff', '--no-textconv', '--end-of-options'];
  const out = new TextDecoder().decode(await git.run([...args, ...ids, '--']));
  const records = out.split('\0').slice(1);
  return new Map(records.map((record): [string, DiffStats] => [record.split('\n', 1)[0] ?? '', statsOf(record)]));
}

const statsOf = (text: string): DiffStats => ({
  additions: Number(/(\d+) insertion/.exec(text)?.[1] ?? 0),
  deletions: Number(/(\d+) deletion/.exec(text)?.[1] ?? 0),
});

/** The newest common ancestor of two commits; null when they have none. */
export async function mergeBase(
  git: GitLauncher,
  repository: string,
  [one, other]: readonly [string, string],
): Promise<string | null> {
  const child = git.start(['--git-dir', repository, 'merge-base', one, other]);
  await child.stdin.end();
  const [out, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
  if (end.code !== 0 && end.code !== 1) throw gitFailure('merge-base', end, child);
  return out.split('\n', 1)[0] || null;
}
