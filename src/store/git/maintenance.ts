import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, DAY, SECOND } from '../../lib/clock.ts';
import { syncFolder } from '../sync.ts';
import { type GitLauncher, gitError } from './git-process.ts';
import {
  listLooseObjects,
  listPacks,
  type Pack,
  packsToMerge,
  removeMultiPackIndex,
  removePack,
  touch,
} from './maintenance-packs.ts';
import { sweepRepository } from './maintenance-sweep.ts';

/**
 * How long an unreachable object is kept after the first full maintenance that found it so. Longer than any push takes.
 */
const CRUFT_MS = 14 * DAY;

export interface MaintenanceRequest {
  /**
   * Writes all packs again, moves unreachable objects to a cruft pack, and drops the objects that were there for long
   * enough.
   */
  full: boolean;
  /** Also removes all unreachable objects at once. */
  purge?: boolean;
  /** Ends the git that runs. */
  signal: AbortSignal;
}

export interface Maintained {
  /** Loose objects and packs before. */
  loose: number;
  packsBefore: number;
  packsAfter: number;
  /** Files that killed gits had left. */
  swept: number;
  /** Unreachable objects are kept: a later full maintenance drops them. */
  cruft: boolean;
  /** How many unreachable objects were removed at once. */
  purged?: number;
}

export interface MaintenanceDeps {
  /** Starts gits at the lowest priority. */
  git: GitLauncher;
  /** A folder for the list of refs. */
  temporary: string;
  /** Waits until a git may start. */
  whenQuiet(signal: AbortSignal): Promise<void>;
  /** How long a git may run, in milliseconds. */
  longestMs: number;
  /** How long a run may take, in milliseconds. */
  longestRunMs: number;
  /** The time by which unreachable objects are dropped. */
  now: Clock;
  /** Is given a failure that does not stop the work. */
  report(message: string, error: unknown): void;
}

/** Arguments of every pack-objects, as `git repack` gives them. */
const PACK = ['--keep-true-parents', '--honor-pack-keep', '--non-empty', '--delta-base-offset', '--quiet'];

/**
 * Packs what pushes have left in a repository, while pushes and clones go on. docs/decisions/0015 has the reasons:
 *
 * 1. write the new packs, their multi-pack index with its bitmap, the commit graph and packed-refs; git syncs each
 * file;
 * 2. sync the folders, so that a power cut cannot undo the new names;
 * 3. remove the packs, loose objects and loose refs that the new files replace.
 *
 * Whatever ends it leaves a whole repository: before step 3 nothing is removed but leftovers, and in step 3 nothing
 * that is needed.
 */
export async function maintainRepository(
  deps: MaintenanceDeps,
  path: string,
  options: MaintenanceRequest,
): Promise<Maintained> {
  const folder = join(path, 'objects/pack');
  using limited = limitTime(options.signal, deps.longestRunMs);
  const run = (args: readonly string[], input = '') => runGit(deps, path, args, input, limited.signal);
  const swept = await sweepRepository(path, deps.longestMs);
  const before = await listPacks(folder);
  const loose = await listLooseObjects(join(path, 'objects'));
  const snapshot = join(deps.temporary, `refs-${crypto.randomUUID()}`);
  try {
    await Bun.write(snapshot, await run(['for-each-ref', '--format=%(objectname)']));
    if (options.full) await renew(folder, before, loose);
    const { written, replaced } = await (options.full
      ? packAll(run, before, deps.now() - CRUFT_MS)
      : merge(run, before, loose.length));
    await indexPacks(deps, run, folder, snapshot, written, replaced);
    const split = options.full ? '--split=replace' : '--split';
    await run(['commit-graph', 'write', '--reachable', '--changed-paths', split, '--no-progress']);
    await run(['pack-refs', '--all', '--no-prune']);
    await syncFolders(path);
    limited.signal.throwIfAborted();
    await removeReplaced(run, folder, replaced);
    await syncFolders(path);
  } finally {
    await rm(snapshot, { force: true });
  }
  const after = await listPacks(folder);
  const cruft = after.some((pack) => pack.cruft);
  return { loose: loose.length, packsBefore: before.length, packsAfter: after.length, swept, cruft };
}

/** A signal that is aborted with another one, or after `ms` milliseconds. */
function limitTime(signal: AbortSignal, ms: number): Disposable & { signal: AbortSignal } {
  const late = new AbortController();
  const message = `The maintenance of the repository took longer than ${ms / SECOND} s.`;
  const timer = setTimeout(() => late.abort(new Error(message)), ms);
  return { signal: AbortSignal.any([signal, late.signal]), [Symbol.dispose]: () => clearTimeout(timer) };
}

/**
 * Has the age of unreachable objects count from the first full maintenance that finds them so. Git would take the time
 * at which an object was stored: the branch may have been deleted a moment ago, while a push that builds on it goes on.
 */
async function renew(folder: string, packs: readonly Pack[], loose: readonly string[]): Promise<void> {
  const reachable = packs.filter(({ cruft }) => !cruft).map(({ name }) => join(folder, `${name}.pack`));
  await touch([...loose, ...reachable]);
}

/** Step 3. */
async function removeReplaced(run: Run, folder: string, replaced: readonly Pack[]): Promise<void> {
  for (const { name } of replaced) await removePack(folder, name);
  await run(['prune-packed', '--quiet']);
  await run(['pack-refs', '--all', '--prune']);
}

type Run = (args: readonly string[], input?: string) => Promise<string>;

interface Packed {
  /** The names of the new packs, the largest first. */
  written: string[];
  /** The packs that they replace. */
  replaced: Pack[];
}

/** As `git repack --geometric=2`: merges small packs and loose objects. */
async function merge(run: Run, before: readonly Pack[], loose: number): Promise<Packed> {
  const merged = packsToMerge(before, loose);
  if (loose === 0 && merged.length < 2) return { written: [], replaced: [] };
  const names = new Set(merged.map(({ name }) => name));
  // An object that a cruft pack has too is packed: it may be reachable again.
  const lines = before.filter(({ cruft }) => !cruft).map(({ name }) => `${names.has(name) ? '' : '^'}${name}.pack\n`);
  const written = namesOf(
    await run(['pack-objects', '--stdin-packs', '--unpacked', ...PACK, 'objects/pack/pack'], lines.join('')),
  );
  return { written, replaced: merged.filter(({ name }) => !written.includes(name)) };
}

/** As `git repack --cruft`: one pack of everything that a ref leads to, one of the rest. */
async function packAll(run: Run, before: readonly Pack[], dropBefore: number): Promise<Packed> {
  const whole = namesOf(
    await run(['pack-objects', '--all', '--reflog', '--indexed-objects', ...PACK, 'objects/pack/pack']),
  );
  const old = before.filter(({ name, kept }) => !kept && !whole.includes(name));
  const lines = [...whole.map((name) => `${name}.pack\n`), ...old.map(({ name }) => `-${name}.pack\n`)];
  const expiration = `--cruft-expiration=${new Date(dropBefore).toISOString()}`;
  const cruft = namesOf(
    await run(['pack-objects', '--cruft', expiration, ...PACK, 'objects/pack/pack'], lines.join('')),
  );
  const written = [...whole, ...cruft];
  return { written, replaced: old.filter(({ name }) => !written.includes(name)) };
}

/** The output of pack-objects: the hash of each pack that it wrote. */
const namesOf = (output: string): string[] =>
  output
    .split('\n')
    .filter(Boolean)
    .map((hash) => `pack-${hash}`);

/** Writes the multi-pack index of all packs that stay, those of pushes since included. */
async function indexPacks(
  { report }: MaintenanceDeps,
  run: Run,
  folder: string,
  snapshot: string,
  written: readonly string[],
  replaced: readonly Pack[],
): Promise<void> {
  const gone = new Set(replaced.map(({ name }) => name));
  const packs = (await listPacks(folder)).filter(({ name }) => !gone.has(name));
  if (packs.length === 0) return removeMultiPackIndex(folder);
  const largest = packs.filter(({ cruft }) => !cruft).sort((a, b) => b.objects - a.objects)[0];
  const preferred = written.find((name) => name === largest?.name) ?? largest?.name;
  const lines = packs.map(({ name }) => `${name}.idx\n`).join('');
  const write = ['multi-pack-index', 'write', '--stdin-packs', '--no-progress'];
  if (preferred !== undefined) write.push(`--preferred-pack=${preferred}.pack`);
  try {
    await run([...write, '--bitmap', `--refs-snapshot=${snapshot}`], lines);
  } catch (error) {
    report('the bitmap of a repository could not be written', error);
    await run(write, lines);
  }
}

/** The folders whose names step 3 relies on. */
async function syncFolders(path: string): Promise<void> {
  for (const folder of ['objects/pack', 'objects/info/commit-graphs', 'objects/info', 'objects', '.']) {
    const found = join(path, folder);
    if (
      await stat(found).then(
        () => true,
        () => false,
      )
    )
      await syncFolder(found);
  }
}

/**
 * Runs a git to its end. @returns what it printed. @throws when it fails, or the signal's reason when that ended it.
 */
export async function runGit(
  { git, whenQuiet }: MaintenanceDeps,
  path: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  await whenQuiet(signal);
  signal.throwIfAborted();
  const child = git.start(['-c', 'pack.threads=1', '-C', path, '--git-dir', '.', ...args]);
  signal.addEventListener('abort', child.end);
  try {
    child.stdin.write(input);
    await Promise.resolve(child.stdin.end()).catch(() => {});
    const [output, end] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    signal.throwIfAborted();
    if (end.code !== 0) throw gitError(args[0] ?? '', end, child);
    return output;
  } finally {
    signal.removeEventListener('abort', child.end);
  }
}
