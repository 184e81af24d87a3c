import { closeSync, fsync, openSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Waits until what was written to an open file is on the disk. */
export const syncOpen: (file: number) => Promise<void> = promisify(fsync);

/** Waits until the names in a folder are on the disk: a renamed file is durable only then. */
export async function syncFolder(path: string): Promise<void> {
  await syncPath(path);
}

/** Waits until what was written to a file is on the disk. */
export async function syncFile(path: string): Promise<void> {
  await syncPath(path);
}

/** Waits until everything in a folder is on the disk. For small ones. */
export async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await syncPath(join(path, entry));
  await syncPath(path);
}

/** Opening takes no time worth another thread; the wait for the disk does. */
async function syncPath(path: string): Promise<void> {
  const file = openSync(path, 'r');
  try {
    await syncOpen(file);
  } finally {
    closeSync(file);
  }
}
