import { expect, test } from 'bun:test';
import { formatBytes } from './byte-size.ts';

test('bytes are told in the largest unit of which there is one whole', () => {
  const told = [0, 1023, 1024, 1_572_864, 1024 ** 3, 5 * 1024 ** 4, 5000 * 1024 ** 4].map(formatBytes);
  expect(told).toEqual(['0 B', '1023 B', '1.0 KiB', '1.5 MiB', '1.0 GiB', '5.0 TiB', '5000.0 TiB']);
});
