import { mkdirSync, renameSync, statSync } from 'node:fs';
import { link, mkdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../lib/code-of.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { sweepAbandoned } from '../sweep.ts';
import { syncFolder } from '../sync.ts';
import { assertDigest } from './assert-name.ts';
import type { BlobStore } from './blob-store.ts';
import { filesystemUploads } from './filesystem-uploads.ts';
import { ifMissing } from './if-missing.ts';
import { listFiles } from './list-files.ts';
import { writeSynced } from './write-synced.ts';

/**
 * Blobs in a folder:
 *
 *     <root>/sha256/ab/abcd…   the bytes; the name is their digest
 *     <root>/tmp/<uuid>        on their way in, on the same file system, so that a rename is atomic
 *     <root>/uploads/<name>    on their way in parts; `~whole` behind it when the last has come
 *
 * Written, fsynced, given its name, and the folder fsynced: after a power cut a blob is there whole or not at all.
 */
export function filesystemBlobs(root: string): BlobStore {
  const temporary = join(root, 'tmp');
  mkdirSync(temporary, { recursive: true });
  sweepAbandoned(temporary);
  const pathOf = (sha256: string) => join(root, 'sha256', sha256.slice(0, 2), assertDigest(sha256));
  const ready = new Set<string>();

  /**
   * Makes a folder of blobs, the first time that this process needs it; it is durable afterwards, whichever process
   * made it.
   */
  const prepare = async (folder: string) => {
    if (ready.has(folder)) return;
    await mkdir(folder, { recursive: true });
    await syncFolder(dirname(folder));
    await syncFolder(root);
    ready.add(folder);
  };

  /**
   * Gives a file its place among the blobs. One that is there already may be so new that its name is not durable yet:
   * the folder is synced all the same, which costs little when it is clean.
   */
  const place = async (sha256: string, give: (path: string) => Promise<void> | void) => {
    const path = pathOf(sha256);
    const folder = dirname(path);
    await prepare(folder);
    await give(path);
    await syncFolder(folder);
  };

  return {
    async put(body, expect = {}) {
      const spool = join(temporary, crypto.randomUUID());
      try {
        const stored = await writeSynced(spool, body, expect);
        // In the place of one that is there, whose bytes are the same: it is as young as what is new then.
        await place(stored.sha256, (path) => renameSync(spool, path));
        return stored;
      } catch (error) {
        await rm(spool, { force: true });
        throw error;
      }
    },

    size: async (sha256) => sizeOf(pathOf(sha256)),

    async open(sha256) {
      const path = pathOf(sha256);
      const size = sizeOf(path);
      return size === null ? null : bytesOf(Bun.file(path), size);
    },

    delete: (sha256, before = Number.POSITIVE_INFINITY) =>
      removeOlder(pathOf(sha256), join(temporary, crypto.randomUUID()), before),

    async *list() {
      for await (const { name, ...aged } of listFiles(join(root, 'sha256'))) yield { ...aged, sha256: name };
    },

    async *leftovers() {
      for await (const { path, size, modifiedAt } of listFiles(temporary))
        yield { size, modifiedAt, remove: () => rm(path, { force: true }) };
    },

    uploads: filesystemUploads(join(root, 'uploads'), (spool, sha256) =>
      place(sha256, async (path) => {
        if (await renew(path)) return;
        await spool.sync();
        await linkUnlessThere(spool.path, path);
      }),
    ),
  };
}

/** Asked at once: the way to another thread and back takes longer than the answer. */
const sizeOf = (path: string): number | null => statSync(path, { throwIfNoEntry: false })?.size ?? null;

const bytesOf = (file: Bun.BunFile, size: number): StoredBytes => ({
  size,
  read: async (start, end) => (start === undefined ? file : file.slice(start, end)),
  stream: () => file.stream(),
  address: async () => null,
});

/** Makes a file as young as a new one. @returns whether it is there. */
const renew = (path: string) => {
  const now = new Date();
  return utimes(path, now, now).then(() => true, ifMissing(false));
};

/**
 * Removes a file that has not been renewed since. It is moved aside before its age is checked for the last time: a
 * writer that renews it after that finds nothing and puts it again.
 */
async function removeOlder(path: string, aside: string, before: number): Promise<boolean> {
  const isOld = async (file: string) => (await stat(file)).mtimeMs < before;
  try {
    if (!(await isOld(path))) return false;
    await rename(path, aside);
  } catch (error) {
    return ifMissing(false)(error);
  }
  const old = await isOld(aside);
  if (!old) {
    await linkUnlessThere(aside, path);
    await syncFolder(dirname(path));
  }
  await rm(aside, { force: true });
  return old;
}

/** Gives a file a second name; if another request has given it the same name, that is as good. */
async function linkUnlessThere(from: string, to: string): Promise<void> {
  await link(from, to).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}
