import type { GitLauncher } from './git-process.ts';

export interface Commit {
  id: string;
  author: string;
  /** Milliseconds since 1970. */
  at: number;
  /** The first line of the commit message. */
  subject: string;
}

export interface Ref {
  name: string;
  /** The time of the newest commit, or of the tag, in milliseconds since 1970. */
  at: number;
}

export interface Refs {
  /** The newest first, at most `MAX_REFS`. */
  newest: Ref[];
  /** There are more than `MAX_REFS`. */
  more: boolean;
}

/** The summary of a repository on its project's page. */
export interface RepositoryView {
  /** The branch that a clone checks out. */
  branch: string;
  /** The newest commit of that branch; null when the branch does not exist, as in an empty repository. */
  commit: Commit | null;
  branches: Refs;
  tags: Refs;
  /** The README in the top folder of that branch. `text` is null when the file is too long or binary. */
  readme: { name: string; text: string | null } | null;
  /** The size on disk. */
  bytes: number;
}

const MAX_REFS = 20;
/** A longer README is not shown. */
const MAX_README_BYTES = 512 * 1024;

/** The names of a README, in order of preference. */
const README_NAMES = ['README.md', 'README.markdown', 'README', 'README.txt', 'README.rst'].flatMap((name) => [
  name,
  name.toLowerCase(),
  name.replace('README', 'Readme'),
]);

/** Reads the summary of a bare repository. @param branch the branch that HEAD names. */
export async function viewRepository(git: GitLauncher, path: string, branch: string): Promise<RepositoryView> {
  const ask = async (...args: string[]) => new TextDecoder().decode(await git.run(['--git-dir', path, ...args]));
  const branches = await listRefs(ask, 'refs/heads', 'committerdate');
  const tags = await listRefs(ask, 'refs/tags', 'creatordate');
  const head = `refs/heads/${branch}`;
  const there = (await ask('for-each-ref', '--format=%(objectname)', head)) !== '';
  return {
    branch,
    commit: there ? await newestCommit(ask, head) : null,
    branches,
    tags,
    readme: there ? await findReadme(ask, head) : null,
    bytes: await sizeOf(ask),
  };
}

export const emptyView = (branch: string): RepositoryView => ({
  branch,
  commit: null,
  branches: { newest: [], more: false },
  tags: { newest: [], more: false },
  readme: null,
  bytes: 0,
});

type Ask = (...args: string[]) => Promise<string>;

async function listRefs(ask: Ask, under: string, date: 'committerdate' | 'creatordate'): Promise<Refs> {
  const format = `--format=%(refname:lstrip=2)%00%(${date}:unix)`;
  const out = await ask('for-each-ref', `--count=${MAX_REFS + 1}`, `--sort=-${date}`, format, under);
  const all = out
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', seconds] = line.split('\0');
      return { name, at: 1000 * Number(seconds ?? 0) };
    });
  return { newest: all.slice(0, MAX_REFS), more: all.length > MAX_REFS };
}

async function newestCommit(ask: Ask, ref: string): Promise<Commit> {
  const [id = '', author = '', seconds, subject = ''] = (
    await ask('log', '-1', '--format=%H%x00%an%x00%ct%x00%s', ref, '--')
  )
    .trimEnd()
    .split('\0');
  return { id, author, at: 1000 * Number(seconds), subject };
}

async function findReadme(ask: Ask, ref: string): Promise<RepositoryView['readme']> {
  const lines = (await ask('ls-tree', '-z', '--long', ref, '--', ...README_NAMES)).split('\0');
  const found = new Map(
    lines.flatMap((line) => {
      const [, mode, object = '', size, name = ''] = /^(\d+) blob (\S+) +(\d+)\t(.+)$/.exec(line) ?? [];
      // A symbolic link is a blob too. It is not followed.
      return mode?.startsWith('100') ? [[name, { object, size: Number(size) }] as const] : [];
    }),
  );
  const name = README_NAMES.find((candidate) => found.has(candidate));
  const blob = name === undefined ? undefined : found.get(name);
  if (name === undefined || !blob) return null;
  if (blob.size > MAX_README_BYTES) return { name, text: null };
  const text = await ask('cat-file', 'blob', blob.object);
  return { name, text: text.includes('\0') ? null : text };
}

async function sizeOf(ask: Ask): Promise<number> {
  const counted = await ask('count-objects', '-v');
  const kibibytes = [...counted.matchAll(/^size(?:-pack|-garbage)?: (\d+)$/gm)].map(([, number]) => Number(number));
  return 1024 * kibibytes.reduce((sum, size) => sum + size, 0);
}
