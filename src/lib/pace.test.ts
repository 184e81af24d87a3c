import { expect, test } from 'bun:test';
import { rejectionOf, thrown } from '../../test/support/rejection.ts';
import { type PaceLimits, PaceWatch, pacedBody } from './pace.ts';

const LIMITS: PaceLimits = { patienceMs: 60, bytesPerSecond: 1000, deadlineMs: 60_000 };

/** A body that yields a chunk after each pause, in milliseconds; and how it was cancelled. */
function bodyOf(chunks: readonly { afterMs: number; bytes: number }[]) {
  let cancelled = false;
  const waiting = [...chunks];
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = waiting.shift();
        if (!next) return controller.close();
        await Bun.sleep(next.afterMs);
        if (!cancelled) controller.enqueue(new Uint8Array(next.bytes));
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { body, isCancelled: () => cancelled };
}

async function read(body: AsyncIterable<Uint8Array>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.byteLength;
  return bytes;
}

test('a body at the minimum rate is read, however long it takes', async () => {
  const { body } = bodyOf(Array.from({ length: 20 }, () => ({ afterMs: 10, bytes: 500 })));
  expect(await read(pacedBody(body, LIMITS))).toBe(10_000);
});

test('a silent sender is cut off, and its body cancelled', async () => {
  const { body, isCancelled } = bodyOf([
    { afterMs: 0, bytes: 10_000 },
    { afterMs: 5000, bytes: 1 },
  ]);
  expect(await rejectionOf(read(pacedBody(body, LIMITS)))).toMatchObject({ kind: 'timeout' });
  expect(isCancelled()).toBe(true);
});

test('a sender that trickles is cut off, though it is never silent for long', async () => {
  const { body } = bodyOf(Array.from({ length: 200 }, () => ({ afterMs: 20, bytes: 1 })));
  expect(await rejectionOf(read(pacedBody(body, LIMITS)))).toMatchObject({ kind: 'timeout' });
});

test('the time in which the reader is busy does not count against the sender', async () => {
  const { body } = bodyOf(Array.from({ length: 4 }, () => ({ afterMs: 0, bytes: 1 })));
  let chunks = 0;
  for await (const _ of pacedBody(body, LIMITS)) {
    chunks += 1;
    await Bun.sleep(80);
  }
  expect(chunks).toBe(4);
});

test('the deadline holds for a fast sender too', async () => {
  const { body } = bodyOf(Array.from({ length: 1000 }, () => ({ afterMs: 1, bytes: 10_000 })));
  expect(await thrown(read(pacedBody(body, { ...LIMITS, deadlineMs: 50 })))).toThrow('took longer than');
});

test('a body that is not read to its end is cancelled, also while a read waits', async () => {
  const { body, isCancelled } = bodyOf([{ afterMs: 5000, bytes: 1 }]);
  const iterator = pacedBody(body, { ...LIMITS, patienceMs: 60_000 })[Symbol.asyncIterator]();
  const waiting = iterator.next();
  await iterator.return?.();
  expect([isCancelled(), (await waiting).done]).toEqual([true, true]);
});

test('without a minimum rate only silence counts', async () => {
  let late = 0;
  const watch = new PaceWatch({ ...LIMITS, bytesPerSecond: 0 }, () => {
    late += 1;
  });
  for (let i = 0; i < 6; i++) {
    watch.wait();
    await Bun.sleep(20);
    watch.moved(1);
  }
  expect(late).toBe(0);
  watch.wait();
  await Bun.sleep(120);
  expect(late).toBe(1);
});
