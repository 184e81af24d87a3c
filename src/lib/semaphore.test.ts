import { expect, test } from 'bun:test';
import { rejectionOf, thrown } from '../../test/support/rejection.ts';
import { unavailable } from './errors.ts';
import { createSemaphore } from './semaphore.ts';

const busy = () => unavailable('busy', 10);

test('no more than the limit run at once; the others wait in order of arrival', async () => {
  const pool = createSemaphore({ atOnce: 2, queue: 10, queueTimeoutMs: 1000, busy });
  const first = await pool.enter();
  const second = await pool.enter();
  const order: string[] = [];
  const third = pool.enter().then((leave) => {
    order.push('third');
    return leave;
  });
  const fourth = pool.enter().then((leave) => {
    order.push('fourth');
    return leave;
  });
  expect(pool.counts()).toEqual({ running: 2, waiting: 2 });
  second();
  second();
  await third;
  expect(order).toEqual(['third']);
  expect(pool.counts()).toEqual({ running: 2, waiting: 1 });
  first();
  (await fourth)();
  (await third)();
  expect(order).toEqual(['third', 'fourth']);
  expect(pool.counts()).toEqual({ running: 0, waiting: 0 });
});

test('a full queue and a long wait are reported as busy, with a time to retry', async () => {
  const pool = createSemaphore({ atOnce: 1, queue: 1, queueTimeoutMs: 30, busy });
  const leave = await pool.enter();
  const waiting = pool.enter();
  const busyError = { kind: 'unavailable', detail: { retryAfterSeconds: 10 } };
  expect(await rejectionOf(pool.enter())).toMatchObject(busyError);
  expect(await rejectionOf(waiting)).toMatchObject(busyError);
  await waiting.catch(() => {});
  expect(pool.counts()).toEqual({ running: 1, waiting: 0 });
  leave();
  expect(pool.counts()).toEqual({ running: 0, waiting: 0 });
});

test('an aborted wait leaves the queue', async () => {
  const pool = createSemaphore({ atOnce: 1, queue: 5, queueTimeoutMs: 1000, busy });
  const leave = await pool.enter();
  const gone = new AbortController();
  const waiting = pool.enter(gone.signal);
  const next = pool.enter();
  gone.abort(new Error('left'));
  expect(await thrown(waiting)).toThrow('left');
  await waiting.catch(() => {});
  leave();
  (await next)();
  expect(await thrown(pool.enter(gone.signal))).toThrow('left');
});

test('one key gets no more than its share of turns and of the queue, and the key with the fewest turns is next', async () => {
  const pool = createSemaphore({
    atOnce: 4,
    queue: 4,
    queueTimeoutMs: 1000,
    busy,
    share: { running: 3, waiting: 2 },
  });
  const order: string[] = [];
  const enter = (...keys: string[]) =>
    pool.enter(undefined, keys).then((leave) => {
      order.push(keys.join());
      return leave;
    });
  const [first, second] = await Promise.all([enter('a', 'x'), enter('b', 'x'), enter('c', 'x')]);
  const heavy = [enter('d', 'x'), enter('e', 'x')];
  expect(await thrown(enter('f', 'x'))).toThrow('busy');
  // The share of x is used up, and the last turn is left for another key.
  const other = await enter('g', 'y');
  expect(pool.counts()).toEqual({ running: 4, waiting: 2 });
  const light = [enter('h', 'y'), enter('i', 'z')];
  first?.();
  await light[1];
  other();
  await light[0];
  expect(order.slice(3)).toEqual(['g,y', 'i,z', 'h,y']);
  expect(pool.counts()).toEqual({ running: 4, waiting: 2 });
  for (const leave of await Promise.all(light)) leave();
  second?.();
  for (const leave of await Promise.all(heavy)) leave();
  expect(order.slice(6)).toEqual(['d,x', 'e,x']);
});

test('a turn that ends lets all start that waited for one of its keys', async () => {
  const share = { running: 1, waiting: 10 };
  const pool = createSemaphore({ atOnce: 4, queue: 10, queueTimeoutMs: 60_000, busy, share });
  const leave = await pool.enter(undefined, ['credential', 'address']);
  const waiting = [pool.enter(undefined, ['credential', 'elsewhere']), pool.enter(undefined, ['other', 'address'])];
  expect(pool.counts()).toEqual({ running: 1, waiting: 2 });
  leave();
  expect(pool.counts()).toEqual({ running: 2, waiting: 0 });
  for (const turn of waiting) (await turn)();
  expect(pool.counts()).toEqual({ running: 0, waiting: 0 });
});
