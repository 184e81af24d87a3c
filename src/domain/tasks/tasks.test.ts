import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { type TaskScene, taskScene } from '../../../test/support/task-scene.ts';
import { DAY, HOUR, MINUTE } from '../../lib/clock.ts';
import { findDueTasks, takeLease } from '../../store/tables/tasks.ts';
import { backoffMs, jitter } from './backoff.ts';
import { describeError } from './describe-error.ts';
import { LEASE_MS, type TaskLease } from './tasks.ts';

const KEY = { kind: 'maintain', subject: 17 };

onEachEngine('the table of tasks', (engine) => {
  const inScene = (name: string, work: (scene: TaskScene) => Promise<void>) =>
    test(name, async () => {
      await using scene = await taskScene(engine);
      await work(scene);
    });

  const claimed = async (claim: Promise<TaskLease | null>): Promise<TaskLease> => {
    const lease = await claim;
    if (!lease) throw new Error('nothing was claimed');
    return lease;
  };
  const only = async ({ tasks }: TaskScene) => {
    const [task, ...more] = await tasks.list(10);
    if (!task || more.length > 0) throw new Error('exactly one task is expected');
    return task;
  };

  inScene('a request is debounced: one row for each kind and subject, due after five minutes', async (scene) => {
    const { tasks, time } = scene;
    for (let i = 0; i < 5; i++) await tasks.request(KEY, DAY);
    expect(await tasks.claimDue(['maintain'])).toBeNull();
    time.now += 5 * MINUTE;
    const lease = await claimed(tasks.claimDue(['maintain']));
    expect(lease).toMatchObject({ ...KEY, failures: 0, state: null });
    expect(await tasks.claimDue(['maintain'])).toBeNull();
  });

  inScene('a request after a run waits for the interval since that run', async (scene) => {
    const { tasks, time } = scene;
    await tasks.done(await claimed(tasks.claim(KEY)), { nextAt: null });
    const end = time.now;
    time.now += HOUR;
    await tasks.request(KEY, DAY);
    expect((await only(scene)).dueAt).toBe(end + DAY);
    time.now += 2 * DAY;
    await tasks.done(await claimed(tasks.claimDue(['maintain'])), { nextAt: time.now + 7 * DAY });
    time.now += 2 * DAY;
    await tasks.request(KEY, DAY);
    expect((await only(scene)).dueAt).toBe(time.now + 5 * MINUTE);
  });

  inScene('a request during a run leads to another run', async (scene) => {
    const { tasks, others, time } = scene;
    const lease = await claimed(tasks.claim(KEY));
    await others.request(KEY, DAY);
    await tasks.done(lease, { nextAt: null, requestedNextAt: time.now + DAY });
    expect((await only(scene)).dueAt).toBe(time.now + DAY);
  });

  inScene('of two servers that claim one task at once, one gets it', async ({ tasks, others }) => {
    for (let subject = 1; subject <= 20; subject++) await tasks.request({ kind: 'maintain', subject }, 0);
    for (let subject = 1; subject <= 20; subject++) {
      const key = { kind: 'maintain', subject };
      const claims = await Promise.all([tasks.claim(key), others.claim(key)]);
      expect(claims.filter((lease) => lease !== null)).toHaveLength(1);
    }
  });

  inScene('a server that listed a task as due does not run it after another server has finished it', async (scene) => {
    const { db, tasks, others, time } = scene;
    await tasks.request(KEY, 0);
    time.now += HOUR;
    const { now } = time;
    const [listed] = await findDueTasks(db, ['maintain'], now, 10);
    if (!listed) throw new Error('the task is due');
    const lease = { owner: 'late', now, until: now + LEASE_MS, retryAt: now + LEASE_MS };
    for (const nextAt of [null, now + DAY]) {
      await others.done(await claimed(others.claim(KEY)), { nextAt });
      expect(await takeLease(db, listed, lease, { onlyDue: true })).toBeUndefined();
    }
    expect(await only(scene)).toMatchObject({ running: false, outcome: 'done', dueAt: now + DAY });
    expect(await takeLease(db, listed, lease, { onlyDue: false })).toMatchObject({ owner: 'late' });
  });

  inScene('a lease that is renewed is kept; one that is not is taken over when it ends', async (scene) => {
    const { tasks, others, time } = scene;
    const lease = await claimed(tasks.claim(KEY));
    time.now += LEASE_MS - 1;
    expect(await tasks.renew(lease)).toBe(true);
    time.now += LEASE_MS - 1;
    expect(await others.claimDue(['maintain'])).toBeNull();
    expect((await only(scene)).running).toBe(true);
    time.now += 1;
    expect((await only(scene)).running).toBe(false);
    const taken = await claimed(others.claimDue(['maintain']));
    // The first server comes back: it has nothing to say any more.
    expect(await tasks.renew(lease)).toBe(false);
    expect(await tasks.done(lease, { nextAt: null })).toBe(false);
    expect(await others.done(taken, { nextAt: null })).toBe(true);
    expect(await only(scene)).toMatchObject({ running: false, outcome: 'done', dueAt: null, failures: 0 });
  });

  inScene('a task whose process dies again and again is taken over later each time', async (scene) => {
    const { tasks, others, time } = scene;
    await claimed(tasks.claim(KEY));
    time.now += LEASE_MS;
    await claimed(others.claimDue(['maintain']));
    time.now += LEASE_MS;
    expect(await tasks.claimDue(['maintain'])).toBeNull();
    time.now += backoffMs(1);
    expect((await claimed(tasks.claimDue(['maintain']))).failures).toBe(2);
  });

  inScene('a failure is kept without secrets, and tried again after a back-off that doubles', async (scene) => {
    const { tasks, time } = scene;
    await tasks.request(KEY, DAY);
    time.now += HOUR;
    for (const minutes of [1, 2, 4]) {
      const lease = await claimed(tasks.claimDue(['maintain']));
      await tasks.failed(lease, new Error('postgres://ann:geheim12@db/x is away'));
      expect((await only(scene)).dueAt).toBe(time.now + minutes * MINUTE);
      // A request does not shorten the back-off.
      await tasks.request(KEY, 0);
      expect((await only(scene)).dueAt).toBe(time.now + minutes * MINUTE);
      time.now += minutes * MINUTE;
    }
    expect(await only(scene)).toMatchObject({
      outcome: 'failed',
      failures: 3,
      error: 'postgres://[secret]@db/x is away',
      succeededAt: null,
    });
    await tasks.done(await claimed(tasks.claimDue(['maintain'])), { nextAt: null });
    expect(await only(scene)).toMatchObject({ outcome: 'done', failures: 0, error: null, succeededAt: time.now });
  });

  inScene('a task that is handed back is due at once, and has not failed', async (scene) => {
    const { tasks, others } = scene;
    await tasks.release(await claimed(tasks.claim(KEY)));
    expect(await only(scene)).toMatchObject({ running: false, outcome: 'stopped', failures: 0 });
    await claimed(others.claimDue(['maintain']));
  });

  inScene('a run keeps a value for the next one', async ({ tasks }) => {
    await tasks.done(await claimed(tasks.claim(KEY)), { nextAt: null, state: { fullAt: 5 } });
    const lease = await claimed(tasks.claim(KEY));
    expect(lease.state).toEqual({ fullAt: 5 });
    await tasks.done(lease, { nextAt: null });
    expect((await claimed(tasks.claim(KEY))).state).toEqual({ fullAt: 5 });
  });

  inScene('a task whose subject is gone goes too', async ({ tasks }) => {
    await tasks.done(await claimed(tasks.claim(KEY)), { nextAt: null, gone: true });
    expect(await tasks.list(10)).toEqual([]);
  });

  inScene(
    'a recurring task is planned once; a shorter interval brings it forward, and none takes it out',
    async (scene) => {
      const { tasks, others, time } = scene;
      await tasks.plan('collect', { intervalMs: DAY, firstMs: 10 * MINUTE });
      await others.plan('collect', { intervalMs: DAY, firstMs: 10 * MINUTE });
      expect((await only(scene)).dueAt).toBe(time.now + 10 * MINUTE);
      time.now += 10 * MINUTE;
      const lease = await claimed(tasks.claimDue(['collect']));
      await tasks.done(lease, { nextAt: await tasks.nextAfter(lease.dueAt, DAY) });
      expect((await only(scene)).dueAt).toBe(time.now + DAY);
      await tasks.plan('collect', { intervalMs: HOUR, firstMs: 10 * MINUTE });
      expect((await only(scene)).dueAt).toBe(time.now + HOUR);
      await tasks.plan('collect', { intervalMs: DAY, firstMs: 0, atStart: true });
      expect((await only(scene)).dueAt).toBe(time.now);
      await tasks.plan('collect', { intervalMs: null, firstMs: 10 * MINUTE });
      expect((await only(scene)).dueAt).toBeNull();
    },
  );

  inScene('the next run is the due time and the interval; runs that were missed are not made up for', async (scene) => {
    const { tasks, time } = scene;
    expect(await tasks.nextAfter(time.now - MINUTE, DAY)).toBe(time.now - MINUTE + DAY);
    expect(await tasks.nextAfter(time.now - 3 * DAY, DAY)).toBe(time.now + DAY);
  });

  inScene('counts what is due, running and failed of each kind', async (scene) => {
    const { tasks, time } = scene;
    await tasks.request({ kind: 'a', subject: 1 }, 0);
    await tasks.done(await claimed(tasks.claim({ kind: 'b', subject: 0 })), { nextAt: time.now + DAY });
    time.now += HOUR;
    await claimed(tasks.claim({ kind: 'a', subject: 2 }));
    await tasks.failed(await claimed(tasks.claim({ kind: 'a', subject: 3 })), new Error('no'));
    expect(await tasks.counts()).toEqual([
      { kind: 'a', tasks: 3, due: 1, running: 1, failed: 1, sinceSuccessMs: null },
      { kind: 'b', tasks: 1, due: 0, running: 0, failed: 0, sinceSuccessMs: HOUR },
    ]);
  });
});

test('the back-off doubles from a minute to six hours', () => {
  expect([0, 1, 2, 3].map(backoffMs)).toEqual([0, MINUTE, 2 * MINUTE, 4 * MINUTE]);
  expect([10, 100, 10_000].map(backoffMs)).toEqual([6 * HOUR, 6 * HOUR, 6 * HOUR]);
});

test('jitter moves an interval by a tenth at most', () => {
  expect([0, 0.5, 1].map((random) => jitter(1000, random))).toEqual([900, 1000, 1100]);
});

test.each([
  ['fetch https://user:geheim12@host/x failed', 'fetch https://[secret]@host/x failed'],
  ['bad token gldt-abcdefghijklmnop1234', 'bad token [secret]'],
  ['Authorization: Bearer abc.def', 'Authorization: [secret]'],
  ['password="geheim12" was wrong', 'password="[secret]" was wrong'],
  ['two\nlines\u0007', 'two lines\ufffd'],
  ['x'.repeat(5000), 'x'.repeat(500)],
])('the error %.40j is kept without secrets', (message, kept) => {
  expect(describeError(new Error(message))).toBe(kept);
});
