import { expect, test } from 'bun:test';
import { thrown } from '../../../test/support/rejection.ts';
import { createBatch } from './batch.ts';

test('entries that could not be written are merged with later ones and written the next time', async () => {
  const written: [string, number][] = [];
  let broken = true;
  const write = async (batch: Map<string, number>) => {
    for (const entry of batch) {
      if (broken && entry[0] === 'b') {
        noteMore();
        throw new Error('the database is away');
      }
      written.push(entry);
      batch.delete(entry[0]);
    }
  };
  await using batch = createBatch<string, number>({ report: () => {} }, 'counts', (a, b) => a + b, write);
  const noteMore = () => batch.note('b', 10);
  for (const key of ['a', 'b', 'b']) batch.note(key, 1);
  expect(await thrown(batch.flush())).toThrow('away');
  broken = false;
  await batch.flush();
  await batch.flush();
  expect(written).toEqual([
    ['a', 1],
    ['b', 12],
  ]);
});
