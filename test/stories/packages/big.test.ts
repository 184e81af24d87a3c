import { expect, test } from 'bun:test';
import { bigPackages } from '../../soak/big-packages.ts';

test('large packages are streamed, not held in memory', async () => {
  const { lines, problems } = await bigPackages({ fileBytes: 600_000_000, tarballBytes: 64_000_000, versions: 5000 });
  console.log(lines.join('\n'));
  expect(problems).toEqual([]);
}, 240_000);
