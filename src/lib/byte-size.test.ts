import { expect, test } from 'bun:test';
import { byteSizeIn, formatBytes, writeByteSize } from './byte-size.ts';

test('a number of bytes is shown in its largest whole unit', () => {
  const shown = [0, 1023, 1024, 1_572_864, 1024 ** 3, 5 * 1024 ** 4, 5000 * 1024 ** 4].map(formatBytes);
  expect(shown).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 MiB', '1.0 GiB', '5.0 TiB', '5000.0 TiB']);
});

test('a size is parsed in every usual form, and the written form parses to the same size', () => {
  expect(['1048576', '500MB', '5GiB', '1.5 KiB', '2K'].map(byteSizeIn)).toEqual([
    2 ** 20,
    5e8,
    5 * 2 ** 30,
    1536,
    2000,
  ]);
  const ten = [
    '10 gib',
    '10gib',
    '10 GIB',
    '10Gi',
    '10 gi',
    '10  GiB',
    ' 10 GiB ',
    '10737418240 bytes',
    '10737418240b',
  ];
  expect(ten.map(byteSizeIn)).toEqual(ten.map(() => 10 * 2 ** 30));
  expect(['10 gb', '10 G', '10GB', '10000000 kB'].map(byteSizeIn)).toEqual([1e10, 1e10, 1e10, 1e10]);
  expect(['', 'much', '-1', '1 PiB', '5 GiB!', '1e3', '10 gibi', 'gib', '1,5 GB'].map(byteSizeIn)).toEqual(
    Array(9).fill(null),
  );
  for (const bytes of [0, 1, 1024, 1025, 3 * 2 ** 20, 5 * 2 ** 40, 5e8])
    expect(byteSizeIn(writeByteSize(bytes))).toBe(bytes);
  expect([5 * 2 ** 30, 1536].map(writeByteSize)).toEqual(['5 GiB', '1536']);
});
