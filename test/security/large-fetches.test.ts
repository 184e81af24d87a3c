/**
 * The attack: hundreds of requests for a fetch at the same time, each of them 64 MiB of objects that a client says it
 * has, which gzip makes a hundred times smaller. They were written to the disk until git took them, and no quota counts
 * them: one address could fill 32 GB.
 */
import { expect, test } from 'bun:test';
import { readdirSync, rmSync } from 'node:fs';
import { paceOf } from '../../src/store/git/client-watch.ts';
import { createGitPools } from '../../src/store/git/git-pool.ts';
import { receiveRequest } from '../../src/store/git/receive-request.ts';
import { rejectionOf } from '../support/rejection.ts';
import { scratchFolder } from '../support/scratch.ts';

const LARGE = 300 * 1024;

test('only so many large requests are on the disk at once, and fewer of one client; small ones do not wait', async () => {
  const folder = scratchFolder('postern-large-');
  const { largeRequests } = createGitPools({ processes: 4, queue: 100, queueTimeoutMs: 60_000 });
  const gone = new AbortController();
  const { signal } = gone;
  const receive = (client: string, size: number) =>
    receiveRequest(new Blob([new Uint8Array(size)]).stream(), {
      folder,
      enterFile: () => largeRequests.enter(signal, [client]),
      pace: paceOf(60_000),
      signal,
    });
  const waiting = Array.from({ length: 20 }, () => receive('one', LARGE));
  const others = Promise.allSettled(waiting);
  const first = await Promise.all(waiting.slice(0, 12));
  const other = await receive('other', LARGE);
  await (await receive('one', 1000)).discard();
  expect(largeRequests.counts()).toEqual({ running: 13, waiting: 8 });
  expect(readdirSync(folder)).toHaveLength(13);
  for (const one of [...first, other]) await one.discard();
  for (const one of waiting.slice(12)) await (await one).discard();
  await others;
  expect(largeRequests.counts()).toEqual({ running: 0, waiting: 0 });
  expect(readdirSync(folder)).toEqual([]);
  // A client that leaves while it waits, or before its request is whole, has no place either.
  const held = await Promise.all(Array.from({ length: 12 }, () => receive('one', LARGE)));
  const left = rejectionOf(receive('one', LARGE));
  while (largeRequests.counts().waiting === 0) await Bun.sleep(5);
  gone.abort(new Error('left'));
  expect(await left).toMatchObject({ message: 'left' });
  for (const one of held) await one.discard();
  expect(largeRequests.counts()).toEqual({ running: 0, waiting: 0 });
  rmSync(folder, { recursive: true });
});
