import { expect, test } from 'bun:test';
import { rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { thrown } from '../../../test/support/rejection.ts';
import { scratchFolder } from '../../../test/support/scratch.ts';
import { createSyncAhead } from './sync-ahead.ts';

const MEGABYTE = 1024 ** 2;

/** A file that cannot be synced any more. */
async function brokenFile() {
  const folder = scratchFolder('postern-test-');
  const file = await open(`${folder}/file`, 'w');
  await file.close();
  rmSync(folder, { recursive: true });
  return file;
}

test('a sync that failed during the upload is reported at the end, and again', async () => {
  const ahead = createSyncAhead(await brokenFile());
  for (let i = 0; i < 20; i++) ahead.wrote(MEGABYTE);
  expect(await thrown(ahead.end())).toThrow();
  expect(await thrown(ahead.end())).toThrow();
});

test('a small file is not synced ahead', async () => {
  const ahead = createSyncAhead(await brokenFile());
  ahead.wrote(MEGABYTE);
  await ahead.end();
});
