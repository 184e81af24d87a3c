import { expect, test } from 'bun:test';
import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/support/scratch.ts';
import { filesystemBlobs } from './blobs/filesystem.ts';
import { sweepAbandoned } from './sweep.ts';

const HOUR = 60 * 60_000;

test('files that are untouched for an hour are removed, files that another program writes stay', () => {
  const folder = scratchFolder('postern-sweep-');
  try {
    for (const name of ['left', 'busy']) writeFileSync(join(folder, name), 'half of it');
    mkdirSync(join(folder, 'repository/objects'), { recursive: true });
    for (const name of ['left', 'repository']) age(join(folder, name), 2 * HOUR);
    age(join(folder, 'busy'), HOUR / 2);
    sweepAbandoned(folder);
    expect(readdirSync(folder)).toEqual(['busy']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a store of blobs starts by removing what was left half done', () => {
  const root = scratchFolder('postern-sweep-');
  try {
    filesystemBlobs(root);
    const spool = join(root, 'tmp', crypto.randomUUID());
    writeFileSync(spool, 'half of it');
    age(spool, 2 * HOUR);
    filesystemBlobs(root);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

function age(path: string, ms: number): void {
  const then = new Date(Date.now() - ms);
  utimesSync(path, then, then);
}
