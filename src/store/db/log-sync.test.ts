import { expect, test } from 'bun:test';
import { thrown } from '../../../test/support/rejection.ts';
import { LogSync } from './log-sync.ts';

/** A disk whose syncs end when the test ends them. */
function slowDisk() {
  const running: PromiseWithResolvers<number>[] = [];
  const sync = () => {
    const next = Promise.withResolvers<number>();
    running.push(next);
    return next.promise;
  };
  const turn = () => new Promise(setImmediate);
  return {
    sync,
    /** The syncs that have begun so far. */
    begun: () => running.length,
    async end(index: number, bytes = 0) {
      while (running.length <= index) await turn();
      running[index]?.resolve(bytes);
      await turn();
    },
    async fail(index: number, error: Error) {
      while (running.length <= index) await turn();
      running[index]?.reject(error);
      await turn();
    },
  };
}

function commit(log: LogSync, done: string[], name: string): Promise<void> {
  log.committed();
  return log.settled().then(
    () => void done.push(name),
    (error: Error) => void done.push(`${name}: ${error.message}`),
  );
}

test('commits of one turn share a sync, and those that come while it runs share the next', async () => {
  const disk = slowDisk();
  const sizes: number[] = [];
  const log = new LogSync(disk.sync, (bytes) => sizes.push(bytes));
  const done: string[] = [];
  for (const name of ['a', 'b']) void commit(log, done, name);
  while (disk.begun() === 0) await new Promise(setImmediate);
  for (const name of ['c', 'd', 'e']) void commit(log, done, name);
  expect(done).toEqual([]);
  await disk.end(0, 10);
  expect(done).toEqual(['a', 'b']);
  await disk.end(1, 20);
  expect(done).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(disk.begun()).toBe(2);
  expect(sizes).toEqual([10, 20]);
});

test('a caller that has written nothing waits for the commits that it may have seen, and for no sync otherwise', async () => {
  const disk = slowDisk();
  const log = new LogSync(disk.sync);
  await log.settled();
  expect(disk.begun()).toBe(0);
  const done: string[] = [];
  void commit(log, done, 'writer');
  void log.settled().then(() => done.push('reader'));
  await new Promise(setImmediate);
  expect(done).toEqual([]);
  await disk.end(0);
  expect(done).toEqual(['writer', 'reader']);
  expect(disk.begun()).toBe(1);
});

test('after a sync that failed nothing is acknowledged any more, and nothing is committed', async () => {
  const disk = slowDisk();
  const log = new LogSync(disk.sync);
  const done: string[] = [];
  void commit(log, done, 'a');
  while (disk.begun() === 0) await new Promise(setImmediate);
  void commit(log, done, 'b');
  await disk.fail(0, new Error('EIO'));
  await Promise.resolve();
  expect(done).toEqual(['a: EIO', 'b: EIO']);
  expect(() => log.committed()).toThrow('EIO');
  expect(() => log.assertSound()).toThrow('EIO');
  expect(await thrown(log.settled())).toThrow('EIO');
  expect(disk.begun()).toBe(1);
});
