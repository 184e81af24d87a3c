import { expect, test } from 'bun:test';
import { resumeIterator } from './resume-iterator.ts';

function counting() {
  const state = { ended: 0 };
  async function* numbers() {
    try {
      for (let n = 1; n <= 5; n++) yield n;
    } finally {
      state.ended += 1;
    }
  }
  return { state, iterator: numbers() };
}

test('continues where the iterator was left', async () => {
  const { state, iterator } = counting();
  const first = [(await iterator.next()).value ?? 0, (await iterator.next()).value ?? 0];
  expect(await Array.fromAsync(resumeIterator(first, iterator))).toEqual([1, 2, 3, 4, 5]);
  expect(state.ended).toBe(1);
});

test('a reader that stops early ends the iterator, also within the items already taken', async () => {
  for (const last of [1, 3]) {
    const { state, iterator } = counting();
    const first = [(await iterator.next()).value ?? 0];
    for await (const n of resumeIterator(first, iterator)) if (n === last) break;
    expect(state.ended).toBe(1);
  }
});
