import { closeSync, fsync, open as openFile, openSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Waits until what was written to an open file is on the disk. */
export const syncOpen: (file: number) => Promise<void> = promisify(fsync);

/** Makes a file for ourselves alone, which must not be there. The caller closes it. */
export const openNew = (path: string): Promise<number> => promisify(openFile)(path, 'wx', 0o600);

/**
 * Waits until the names in a folder are on the disk: a renamed file is durable only then. Every blob that is stored
 * waits for this: opening takes less time than the way to another thread, and only the wait for the disk is left to
 * one.
 */
export async function syncFolder(path: string): Promise<void> {
  const folder = openSync(path, 'r');
  try {
    await syncOpen(folder);
  } finally {
    closeSync(folder);
  }
}

/** Waits until what was written to a file is on the disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Waits until everything in a folder is on the disk. For small ones. */
export async function syncTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { recursive: true })) await syncFile(join(path, entry));
  await syncFolder(path);
}
