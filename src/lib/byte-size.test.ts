import { expect, test } from 'bun:test';
import { byteSizeIn, formatBytes, writeByteSize } from './byte-size.ts';

test('bytes are told in the largest unit of which there is one whole', () => {
  const told = [0, 1023, 1024, 1_572_864, 1024 ** 3, 5 * 1024 ** 4, 5000 * 1024 ** 4].map(formatBytes);
  expect(told).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 MiB', '1.0 GiB', '5.0 TiB', '5000.0 TiB']);
});

test('a size is read as people write it, and written so that it is read as the same', () => {
  expect(['1048576', '500MB', '5GiB', '1.5 KiB', '2K'].map(byteSizeIn)).toEqual([
    2 ** 20,
    5e8,
    5 * 2 ** 30,
    1536,
    2000,
  ]);
  expect(['', 'much', '-1', '1 PiB', '5 GiB!', '1e3'].map(byteSizeIn)).toEqual([null, null, null, null, null, null]);
  for (const bytes of [0, 1, 1024, 1025, 3 * 2 ** 20, 5 * 2 ** 40, 5e8])
    expect(byteSizeIn(writeByteSize(bytes))).toBe(bytes);
  expect([5 * 2 ** 30, 1536].map(writeByteSize)).toEqual(['5 GiB', '1536']);
});
