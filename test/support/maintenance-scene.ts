import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { createGitLauncher } from '../../src/store/git/git-process.ts';
import { type Maintained, type MaintenanceDeps, maintainRepository } from '../../src/store/git/maintenance.ts';
import { purgeUnreachable } from '../../src/store/git/purge-unreachable.ts';
import { createClient, PROGRAM_PATH } from './client.ts';
import { addCommits, makeRepository } from './git.ts';
import { scratchFolder } from './scratch.ts';

const HOUR = 3_600_000;

export type MaintenanceScene = Awaited<ReturnType<typeof maintenanceScene>>;

/** A bare repository as pushes leave it, and a client that pushes to it and clones it by its path. */
export async function maintenanceScene() {
  const folder = scratchFolder('postern-maintenance-');
  const path = join(folder, 'bare.git');
  for (const name of ['home', 'tmp', 'bin']) mkdirSync(join(folder, name));
  const client = createClient();
  await client.ok(['git', 'init', '-q', '--bare', '--template=', '--initial-branch=main', path]);
  for (const [name, value] of [
    ['receive.autogc', 'false'],
    ['gc.auto', '0'],
  ] as const)
    await client.ok(['git', '--git-dir', path, 'config', name, value]);
  const cwd = await makeRepository(client, 'source', 1);
  const reports: string[] = [];

  const options = {
    root: folder,
    path: PROGRAM_PATH,
    pushBytes: 1e9,
    timeoutMs: HOUR,
    idleMs: 60_000,
    report: (message: string, error: unknown) => void reports.push(`${message}: ${error}`),
  };
  const git = (...args: string[]) => client.ok(['git', '--git-dir', path, ...args]);
  const maintain = (
    full: boolean,
    more: {
      now?: number;
      path?: string;
      signal?: AbortSignal;
      deps?: Partial<MaintenanceDeps>;
      purge?: boolean;
    } = {},
  ): Promise<Maintained> => {
    const deps = {
      git: createGitLauncher({ ...options, path: more.path ?? PROGRAM_PATH }, join(folder, 'home')),
      temporary: join(folder, 'tmp'),
      longestMs: HOUR,
      longestRunMs: HOUR,
      now: () => more.now ?? Date.now(),
      whenQuiet: async () => {},
      report: options.report,
      ...more.deps,
    };
    const run = more.purge ? purgeUnreachable : maintainRepository;
    return run(deps, path, { full, signal: more.signal ?? new AbortController().signal });
  };

  return {
    folder,
    path,
    client,
    cwd,
    git,
    /** The options of the store and its gits. */
    options,
    /** Starts gits as the store does. */
    launcher: () => createGitLauncher(options, join(folder, 'home')),
    maintain,
    /** The reports of maintenance that are no failures. */
    reports,
    commit: (count: number, branch = 'main') => addCommits(client, cwd, count, branch),
    push: (...args: string[]) => client.ok(['git', 'push', '-q', path, ...args], { cwd }),
    /** Stores each commit of a branch that the repository has not as a pack of its own, as a larger push does. */
    pushAsPacks: async (branch = 'main') => {
      const script = `set -e
        have=$(git --git-dir "$1" rev-parse -q --verify "refs/heads/$2" || true)
        for commit in $(git rev-list --reverse "$2" \${have:+^$have}); do
          git rev-list --objects "$commit" \${have:+^$have} | cut -d' ' -f1 | git pack-objects -q "$1/objects/pack/pack" >/dev/null
          have=$commit
        done
        git --git-dir "$1" update-ref "refs/heads/$2" "$have"`;
      await client.ok(['bash', '-c', script, '-', path, branch], { cwd, timeoutSeconds: 300 });
    },
    /** Stores the commits of a branch that the repository has not as loose objects, as many small pushes do. */
    pushAsLoose: async (branch = 'main') => {
      const script = `set -e
        have=$(git --git-dir "$1" rev-parse -q --verify "refs/heads/$2" || true)
        git rev-list --objects "$2" \${have:+^$have} | cut -d' ' -f1 | git pack-objects -q --stdout |
          git --git-dir "$1" unpack-objects -q
        git --git-dir "$1" update-ref "refs/heads/$2" "$(git rev-parse "$2")"`;
      await client.ok(['bash', '-c', script, '-', path, branch], { cwd, timeoutSeconds: 300 });
    },
    refs: async () => (await git('for-each-ref', '--format=%(refname) %(objectname)')).stdout,
    files: (part: string) => readdirSync(join(path, part)).filter((name) => name !== 'info' && name !== 'pack'),
    packs: () => readdirSync(join(path, 'objects/pack')).filter((name) => name.endsWith('.pack')),
    has: (name: string) => existsSync(join(path, name)),
    /** Makes a file as old as something that a git of yesterday left. */
    leave: async (name: string, text = 'left\n') => {
      await Bun.write(join(path, name), text);
      const yesterday = new Date(Date.now() - 24 * HOUR);
      for (let part = name; part.includes('/'); part = part.slice(0, part.lastIndexOf('/'))) {
        if (!/^objects\/(pack|info)?$/.test(part)) utimesSync(join(path, part), yesterday, yesterday);
      }
      utimesSync(join(path, name), yesterday, yesterday);
    },
    /** @throws when an object is missing or broken, or a clone differs from the source. */
    verify: async (branch = 'main') => {
      await git('fsck', '--strict', '--full');
      const clone = join(folder, `clone-${crypto.randomUUID()}`);
      await client.ok(['git', 'clone', '-q', '--bare', '--no-local', path, clone], { timeoutSeconds: 120 });
      const log = (at: string) => client.ok(['git', '-C', at, 'log', '--format=%H %T', branch]);
      const ours = await log(cwd);
      const theirs = await log(clone);
      if (ours.stdout !== theirs.stdout) throw new Error('the clone differs from what was pushed');
      rmSync(clone, { recursive: true });
    },
    [Symbol.dispose]() {
      client[Symbol.dispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
