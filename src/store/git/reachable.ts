import { LRUCache } from 'lru-cache';
import { MINUTE, SECOND } from '../../lib/clock.ts';
import { unavailable } from '../../lib/errors.ts';
import { NotOurRef, type Wanted } from './fetch-wants.ts';
import { type GitLauncher, type GitProcess, gitFailure } from './git-process.ts';
import { resolveCommit } from './git-revision.ts';
import { RESERVED_REFS } from './reserved-refs.ts';

/** The objects that clients may fetch from a repository in one state of its refs. */
interface RefState {
  /** The objects that visible refs name, and the commits that their tags name. */
  tips: ReadonlySet<string>;
  /** Other objects that were found to be reachable. */
  reachable: Set<string>;
  at: number;
}

/** Another server may change the refs, or a git that outlives its server. */
const MAX_AGE_MS = 30 * SECOND;
/** Refs that were read a moment ago are not read again for an object that is none of them. */
const FRESH_MS = SECOND;
/** Of all repositories; an id takes some 100 bytes. */
const MAX_KNOWN_IDS = 500_000;
/** How long the objects of a repository are listed. */
const LISTING_MS = MINUTE;

/** The refs that clients see, as arguments of `git rev-list`. */
export const VISIBLE = [...RESERVED_REFS.map((namespace) => `--exclude=${namespace}/*`), '--all'];

/**
 * Decides which objects a client may fetch: those that a visible ref leads to. Git does not do it in protocol 2: an
 * object that was forced away stays fetchable by its id for as long as it is stored.
 */
export function createReachability(now = () => performance.now()) {
  const states = new LRUCache<string, RefState>({
    max: 10_000,
    maxSize: MAX_KNOWN_IDS,
    sizeCalculation: ({ tips, reachable }) => tips.size + reachable.size + 1,
  });
  /** The newest read of each repository whose refs have not changed since it began. */
  const reads = new Map<string, object>();
  const readState = async (git: GitLauncher, repository: string) => {
    const own = {};
    reads.set(repository, own);
    const at = now();
    try {
      const state = { tips: await readTips(git, repository), reachable: new Set<string>(), at };
      if (reads.get(repository) === own) states.set(repository, state);
      return state;
    } finally {
      if (reads.get(repository) === own) reads.delete(repository);
    }
  };

  /** The state of the refs, and those of some objects that are not known to be reachable in it. */
  const lookUp = async (git: GitLauncher, repository: string, ids: ReadonlySet<string>) => {
    let state = states.get(repository);
    if (!state || now() - state.at > MAX_AGE_MS) state = await readState(git, repository);
    if (unknownOf(state, ids).length > 0 && now() - state.at > FRESH_MS) state = await readState(git, repository);
    return { state, others: unknownOf(state, ids) };
  };

  /** Remembers objects that are reachable, unless the refs have changed since. */
  const remember = (repository: string, state: RefState, ids: readonly string[]) => {
    if (states.peek(repository)?.tips !== state.tips) return;
    for (const id of ids) state.reachable.add(id);
    // A new entry: the size of one that is there is not counted again. One that is too large is not kept.
    states.set(repository, { ...state });
  };

  const check = async (git: GitLauncher, repository: string, ids: ReadonlySet<string>): Promise<void> => {
    const { state, others } = await lookUp(git, repository, ids);
    if (others.length === 0) return;
    await checkReachable(git, repository, others);
    remember(repository, state, others);
  };

  /** The same for the parents of commits. Those that are missing have none. */
  const checkParents = async (git: GitLauncher, repository: string, ids: ReadonlySet<string>): Promise<void> => {
    const { others } = await lookUp(git, repository, ids);
    const parents = others.length === 0 ? new Map<string, string>() : await parentsOf(git, repository, others);
    try {
      await check(git, repository, new Set(parents.keys()));
    } catch (error) {
      // Its id says nothing that the client did not know; that of its parent would.
      throw error instanceof NotOurRef ? new NotOurRef(parents.get(error.id) ?? '') : error;
    }
  };

  const isReachable = asAnswer(check);

  return {
    /** To be called when refs have changed. */
    forget(repository: string): void {
      states.delete(repository);
      reads.delete(repository);
    },
    /**
     * @throws NotOurRef for an object that is missing, or that no visible ref leads to; PosternError `unavailable` when
     * that takes too long to find out.
     */
    async checkWanted(git: GitLauncher, repository: string, wanted: Wanted): Promise<void> {
      if (wanted.ids.size > 0) await check(git, repository, wanted.ids);
      if (wanted.parentsOf.size > 0) await checkParents(git, repository, wanted.parentsOf);
    },
    /** See `ContentReads.commitOf`. */
    async commitOf(git: GitLauncher, repository: string, revision: string): Promise<string | null> {
      const commit = await resolveCommit(git, repository, revision);
      return commit !== null && (await isReachable(git, repository, commit)) ? commit : null;
    },
    isReachable,
  };
}

/** Tells whether an object is there and a visible ref leads to it, instead of throwing NotOurRef. */
const asAnswer =
  (check: (git: GitLauncher, repository: string, ids: ReadonlySet<string>) => Promise<void>) =>
  async (git: GitLauncher, repository: string, id: string): Promise<boolean> => {
    try {
      await check(git, repository, new Set([id]));
      return true;
    } catch (error) {
      if (error instanceof NotOurRef) return false;
      throw error;
    }
  };

export type Reachability = ReturnType<typeof createReachability>;

const unknownOf = ({ tips, reachable }: RefState, ids: ReadonlySet<string>) =>
  [...ids].filter((id) => !tips.has(id) && !reachable.has(id));

async function readTips(git: GitLauncher, repository: string): Promise<Set<string>> {
  const out = await git.run([
    '--git-dir',
    repository,
    'for-each-ref',
    '--format=%(objectname) %(*objectname) %(refname)',
  ]);
  const tips = new Set<string>();
  for (const line of new TextDecoder().decode(out).split('\n')) {
    const [id = '', peeled = '', ...name] = line.split(' ');
    const ref = name.join(' ');
    if (RESERVED_REFS.some((namespace) => ref.startsWith(`${namespace}/`))) continue;
    for (const tip of [id, peeled]) if (tip !== '') tips.add(tip);
  }
  return tips;
}

async function checkReachable(git: GitLauncher, repository: string, ids: readonly string[]): Promise<void> {
  const { commits, others, missing } = await sortByType(git, repository, ids);
  if (missing !== undefined) throw new NotOurRef(missing);
  // The bitmaps of maintenance answer both at once; without them git walks the history.
  const unreached = ['--stdin', '--not', ...VISIBLE];
  if (commits.length > 0) {
    const found = await firstLine(git, repository, ['--use-bitmap-index', '--max-count=1', ...unreached], commits);
    if (found !== null) throw new NotOurRef(commits.find((id) => id === found) ?? commits[0] ?? '');
  }
  if (others.length === 0) return;
  const found = await firstLine(git, repository, ['--use-bitmap-index', '--objects', ...unreached], others);
  // Without a bitmap, git looks for them in the newest trees alone.
  if (found !== null) await findAll(git, repository, others);
}

async function sortByType(git: GitLauncher, repository: string, ids: readonly string[]) {
  const child = git.start(['--git-dir', repository, 'cat-file', '--batch-check=%(objectname) %(objecttype)']);
  const commits: string[] = [];
  const others: string[] = [];
  let missing: string | undefined;
  await eachLine(child, ids, (line) => {
    const [id = '', type] = line.split(' ');
    if (type === 'missing') missing ??= id;
    else (type === 'commit' ? commits : others).push(id);
    return true;
  });
  return { commits, others, missing };
}

/** The parents of those objects that are commits, each with one of its children. */
async function parentsOf(git: GitLauncher, repository: string, ids: readonly string[]): Promise<Map<string, string>> {
  const { commits } = await sortByType(git, repository, ids);
  const parents = new Map<string, string>();
  if (commits.length === 0) return parents;
  const child = git.start(['--git-dir', repository, 'rev-list', '--no-walk=unsorted', '--parents', '--stdin']);
  await eachLine(child, commits, (line) => {
    const [id = '', ...of] = line.split(' ');
    for (const parent of of) parents.set(parent, id);
    return true;
  });
  return parents;
}

/** @returns the first object that rev-list lists; null for none. */
async function firstLine(git: GitLauncher, repository: string, args: readonly string[], ids: readonly string[]) {
  const child = git.start(['--git-dir', repository, 'rev-list', ...args]);
  let first: string | null = null;
  await eachLine(child, ids, (line) => {
    first = line.split(' ')[0] ?? '';
    return false;
  });
  return first;
}

/** Lists the objects that refs lead to until all of some are found. @throws NotOurRef when one is not among them. */
async function findAll(git: GitLauncher, repository: string, ids: readonly string[]): Promise<void> {
  const missing = new Set(ids);
  const child = git.start(['--git-dir', repository, 'rev-list', '--objects', '--no-object-names', ...VISIBLE]);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.end();
  }, LISTING_MS);
  try {
    await eachLine(child, [], (line) => {
      missing.delete(line);
      return missing.size > 0;
    });
  } catch (error) {
    if (late) throw unavailable('It takes too long to find the objects in the history. Fetch a branch instead.', 600);
    throw error;
  } finally {
    clearTimeout(timer);
  }
  const [first] = missing;
  if (first !== undefined) throw new NotOurRef(first);
}

/**
 * Gives each line of a git to `take`, and ends git when that returns false.
 * @param input lines for git.
 * @throws when git fails.
 */
async function eachLine(git: GitProcess, input: readonly string[], take: (line: string) => boolean): Promise<void> {
  const written = writeLines(git, input);
  const decoder = new TextDecoder();
  let rest = '';
  let enough = false;
  for await (const chunk of git.stdout) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    enough = !lines.every(take);
    if (enough) break;
  }
  if (enough) git.end();
  await written;
  const end = await git.exited;
  if (!enough && end.code !== 0) throw gitFailure('object search', end, git);
}

async function writeLines(git: GitProcess, lines: readonly string[]): Promise<void> {
  try {
    for (let from = 0; from < lines.length; from += 1000) {
      git.stdin.write(`${lines.slice(from, from + 1000).join('\n')}\n`);
      await git.stdin.flush();
    }
    await git.stdin.end();
  } catch {
    // Git has ended; its exit code says why.
  }
}
