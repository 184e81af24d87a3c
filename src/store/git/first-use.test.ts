import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFolder } from '../../../test/support/git.ts';
import { type MaintenanceScene, maintenanceScene } from '../../../test/support/maintenance-scene.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { createFirstUse } from './first-use.ts';
import { createGitPools } from './git-pool.ts';
import { createGitStore } from './git-store.ts';

const LOCKS = [
  'HEAD.lock',
  'packed-refs.lock',
  'config.lock',
  'refs/heads/main.lock',
  'objects/pack/multi-pack-index.lock',
];

const firstUse = ({ launcher, options }: MaintenanceScene, shared = false) =>
  createFirstUse({ git: launcher(), shared, report: options.report });

/** Holds the lock of a branch as a push does. @returns the git, once it holds it. */
async function holdLock({ client, path, cwd }: MaintenanceScene, branch: string) {
  const commit = (await client.ok(['git', 'rev-parse', 'HEAD'], { cwd })).stdout.trim();
  const git = Bun.spawn(['git', '-C', path, '--git-dir', '.', 'update-ref', '--stdin'], {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  git.stdin.write(`start\nupdate refs/heads/${branch} ${commit}\nprepare\n`);
  await git.stdin.flush();
  while (!existsSync(join(path, `refs/heads/${branch}.lock`))) await Bun.sleep(5);
  return git;
}

/** The process of a git that has these arguments. */
const findGit = (...args: string[]): string | undefined =>
  readdirSync('/proc').find((id) => {
    if (!/^\d+$/.test(id)) return false;
    try {
      const all = readFileSync(`/proc/${id}/cmdline`, 'latin1').split('\0');
      return args.every((arg) => all.includes(arg));
    } catch {
      // It has ended.
      return false;
    }
  });

test('a repository whose HEAD was emptied by a power cut gets one that names a branch', async () => {
  for (const lost of ['', '\0'.repeat(24), 'ref: ']) {
    using scene = await maintenanceScene();
    await scene.push('main:refs/heads/trunk');
    writeFileSync(join(scene.path, 'HEAD'), lost);
    await firstUse(scene).ready(scene.path);
    expect(readFileSync(join(scene.path, 'HEAD'), 'utf8')).toBe('ref: refs/heads/trunk\n');
    await scene.client.ok(['git', 'clone', '-q', scene.path, `clone-${lost.length}`]);
  }
});

test('a HEAD that names a commit, or a branch that does not exist yet, is left as it is', async () => {
  using scene = await maintenanceScene();
  for (const head of ['ref: refs/heads/nightly\n', `${'a'.repeat(40)}\n`]) {
    writeFileSync(join(scene.path, 'HEAD'), head);
    await firstUse(scene).ready(scene.path);
    expect(readFileSync(join(scene.path, 'HEAD'), 'utf8')).toBe(head);
  }
});

test('locks that a power cut left are removed, and the branch can be pushed and deleted again', async () => {
  using scene = await maintenanceScene();
  await scene.push('main', 'main:refs/heads/old');
  for (const lock of LOCKS) writeFileSync(join(scene.path, lock), '');
  expect(await thrown(scene.push('--force', 'main~0:refs/heads/main', ':refs/heads/old'))).toThrow('.lock');
  await firstUse(scene).ready(scene.path);
  expect(LOCKS.filter(scene.has)).toEqual([]);
  await scene.commit(1);
  await scene.push('main', ':refs/heads/old');
});

test('a lock that a git holds stays while it lives, and goes at the next use after it was killed', async () => {
  using scene = await maintenanceScene();
  await scene.push('main');
  const git = await holdLock(scene, 'held');
  const { ready } = firstUse(scene);
  await ready(scene.path);
  expect(scene.has('refs/heads/held.lock')).toBe(true);
  git.kill('SIGKILL');
  await git.exited;
  await ready(scene.path);
  expect(scene.has('refs/heads/held.lock')).toBe(false);
});

test('a repository is looked at once, also by many requests at the same time', async () => {
  using scene = await maintenanceScene();
  const { ready } = firstUse(scene);
  writeFileSync(join(scene.path, 'HEAD'), '');
  await Promise.all(Array.from({ length: 5 }, () => ready(scene.path)));
  expect(scene.reports).toHaveLength(1);
  writeFileSync(join(scene.path, 'config.lock'), '');
  await ready(scene.path);
  expect(scene.has('config.lock')).toBe(true);
});

test('where other servers use the folder, a lock stays for a minute', async () => {
  using scene = await maintenanceScene();
  const lock = join(scene.path, 'packed-refs.lock');
  writeFileSync(lock, '');
  const { ready } = firstUse(scene, true);
  await ready(scene.path);
  expect(existsSync(lock)).toBe(true);
  const then = new Date(Date.now() - 61_000);
  utimesSync(lock, then, then);
  await ready(scene.path);
  expect(existsSync(lock)).toBe(false);
});

test('a lock of a push that was killed goes at the next use, while the server runs', async () => {
  using scene = await maintenanceScene();
  const pools = createGitPools({ processes: 4, queue: 4, queueTimeoutMs: 10_000 });
  await using store = createGitStore({ ...scene.options, shared: false }, pools);
  const { signal } = new AbortController();
  const list = () => store.serve(1, { mode: 'advertisement', service: 'upload-pack', protocol: '', signal });
  await new Response((await list()).output).bytes();
  const repository = repositoryFolder(scene.folder, 1);
  const lock = join(repository, 'packed-refs.lock');
  const leave = Promise.withResolvers<never>();
  const push = store.serve(1, {
    mode: 'stateless',
    service: 'receive-pack',
    protocol: '',
    signal,
    push: { admit: async () => null, settle: async () => {} },
    input: (async function* () {
      yield Buffer.from('0032');
      await leave.promise;
    })(),
  });
  const failed = push.catch(() => null);
  let found = findGit('receive-pack', repository);
  for (; found === undefined; found = findGit('receive-pack', repository)) await Bun.sleep(20);
  writeFileSync(lock, '');
  process.kill(Number(found), 'SIGKILL');
  leave.reject(new Error('left'));
  await failed;
  await new Response((await list()).output).bytes();
  expect(existsSync(lock)).toBe(false);
});
