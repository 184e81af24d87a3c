import { expect, test } from 'bun:test';
import { rejectionOf } from '../../../test/support/rejection.ts';
import { readBody } from './read-body.ts';

const requestWith = (body: ReadableStream<Uint8Array> | string) =>
  new Request('http://postern.test/', { method: 'POST', body });

test('a body is read whole', async () => {
  expect((await readBody(requestWith('abc'), 3)).toString()).toBe('abc');
});

test('a body over the limit is refused, and the rest is not read', async () => {
  expect(await rejectionOf(readBody(requestWith('abcd'), 3))).toMatchObject({ kind: 'too_large', status: 413 });
});

test('a body that trickles is cut off at the deadline, however lively it is', async () => {
  let sent = 0;
  const left = Promise.withResolvers<void>();
  const trickle = new ReadableStream<Uint8Array>({
    async pull(controller) {
      await Bun.sleep(10);
      sent++;
      controller.enqueue(new Uint8Array(1));
    },
    cancel() {
      left.resolve();
    },
  });
  expect(await rejectionOf(readBody(requestWith(trickle), 1000, 100))).toMatchObject({ kind: 'timeout', status: 408 });
  await left.promise;
  expect(sent).toBeLessThan(100);
});
