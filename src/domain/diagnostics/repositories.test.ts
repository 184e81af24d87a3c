import { expect, test } from 'bun:test';
import { existsSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROGRAM_PATH } from '../../../test/support/client.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { checkRepositories } from './repositories.ts';

function scene() {
  const folder = scratchFolder('postern-doctor-');
  const repository = join(folder, 'repositories/3f/63.git');
  return {
    folder,
    repository,
    check: (repair = false) => checkRepositories(folder, PROGRAM_PATH, repair),
    make() {
      mkdirSync(join(repository, '..'), { recursive: true });
      Bun.spawnSync(['git', 'init', '-q', '--bare', repository]);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test('repositories in order, and none at all', async () => {
  using one = scene();
  expect(await one.check()).toMatchObject([
    { level: 'ok', message: 'Repositories checked: 0. Each has a valid HEAD and no stale lock.' },
  ]);
  one.make();
  expect(await one.check()).toMatchObject([
    { level: 'ok', message: 'Repositories checked: 1. Each has a valid HEAD and no stale lock.' },
  ]);
});

test('an empty HEAD and a stale lock are found, left alone, and repaired on request', async () => {
  using one = scene();
  one.make();
  const head = join(one.repository, 'HEAD');
  const lock = join(one.repository, 'packed-refs.lock');
  writeFileSync(head, '');
  writeFileSync(lock, '');
  const then = new Date(Date.now() - 2 * 60_000);
  utimesSync(lock, then, then);
  const found = await one.check();
  expect(found.map(({ level, message }) => [level, message])).toEqual([
    ['failure', 'Repositories with a HEAD that names no ref: 1 of 1 (3f/63.git).'],
    ['warning', 'Repositories with stale locks: 1 of 1 (3f/63.git).'],
  ]);
  expect([readFileSync(head, 'utf8'), existsSync(lock)]).toEqual(['', true]);
  expect((await one.check(true)).map(({ level }) => level)).toEqual(['ok', 'ok']);
  expect([readFileSync(head, 'utf8'), existsSync(lock)]).toEqual(['ref: refs/heads/main\n', false]);
  expect(await one.check()).toMatchObject([{ level: 'ok' }]);
});
