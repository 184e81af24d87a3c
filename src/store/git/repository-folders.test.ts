import { expect, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PROGRAM_PATH } from '../../../test/support/client.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { createFirstUse } from './first-use.ts';
import { createGitLauncher } from './git-process.ts';
import { createRepositoryFolders } from './repository-folders.ts';

function folders(sync: (folder: string) => Promise<void>) {
  const data = scratchFolder('postern-folders-');
  const root = join(data, 'repositories');
  const report = () => {};
  const git = createGitLauncher({ root, path: PROGRAM_PATH, pushBytes: 1, timeoutMs: 60_000, idleMs: 1, report }, data);
  const firstUse = createFirstUse({ git, shared: false, report });
  return {
    ...createRepositoryFolders(root, git, firstUse, (path) => sync(relative(data, path))),
    left: () => readdirSync(join(root, 'tmp')),
    [Symbol.dispose]: () => rmSync(data, { recursive: true }),
  };
}

test('the name of a new repository is synced, and those of the folders that it is in', async () => {
  const synced: string[] = [];
  using made = folders(async (folder) => void synced.push(folder));
  await made.ensure(99);
  expect(synced).toEqual(['repositories/63', 'repositories', '']);
  await made.ensure(99);
  expect(synced).toHaveLength(3);
});

test('a repository whose name cannot be synced is not used until it can', async () => {
  let broken = true;
  using made = folders(async () => {
    if (broken) throw new Error('EIO: i/o error, fsync');
  });
  expect(await thrown(made.ensure(99))).toThrow('EIO');
  expect(await thrown(made.ensure(99))).toThrow('EIO');
  broken = false;
  expect(await made.ensure(99)).toBe(made.pathOf(99));
});

test('requests that make a repository at the same time get the same one, and leave nothing behind', async () => {
  using made = folders(async () => {});
  const paths = await Promise.all(Array.from({ length: 5 }, () => made.ensure(99)));
  expect(new Set(paths)).toEqual(new Set([made.pathOf(99)]));
  expect(made.left()).toEqual([]);
});
