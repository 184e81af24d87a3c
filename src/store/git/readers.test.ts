import { expect, test } from 'bun:test';
import { unavailable } from '../../lib/errors.ts';
import { createGitPools } from './git-pool.ts';
import { createReaders, type ReaderOptions } from './readers.ts';

test('the reads of one repository leave turns, and places in the queue, for those of others', async () => {
  const pools = createGitPools({ processes: 4, queue: 4, queueTimeoutMs: 60_000 });
  const { reading } = createReaders({
    folders: { find: async (id) => `/${id}` },
    gitFor: async () => ({}) as Awaited<ReturnType<ReaderOptions['gitFor']>>,
    reachability: {} as ReaderOptions['reachability'],
    pool: pools.reads,
  });
  const slow = Promise.withResolvers<string>();
  const large = Array.from({ length: 9 }, () => reading(1, '', () => slow.promise));
  const failed = Promise.allSettled(large);
  expect(await reading(2, '', async (_, path) => path)).toBe('/2');
  expect(pools.counts()).toEqual({ running: 2, waiting: 3 });
  slow.resolve('done');
  const refused = (await failed).filter(({ status }) => status === 'rejected');
  expect(refused.map((result) => 'reason' in result && result.reason.kind)).toEqual(
    Array.from({ length: 4 }, () => unavailable('', 1).kind),
  );
});
