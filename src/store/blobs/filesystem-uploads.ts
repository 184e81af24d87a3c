import { constants, mkdirSync } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../lib/code-of.ts';
import { conflict, notFound } from '../../lib/errors.ts';
import { expectLength, WrongLength } from '../../lib/expect-length.ts';
import { hashed } from '../../lib/hashed.ts';
import { isDiskFull } from '../disk-full.ts';
import { syncFile } from '../sync.ts';
import { assertUploadId } from './assert-name.ts';
import type { BlobUploads } from './blob-store.ts';
import { ifMissing } from './if-missing.ts';
import { listFiles } from './list-files.ts';
import { createSyncAhead } from './sync-ahead.ts';
import { isBusy, isWhole, wrongDigest } from './upload-errors.ts';
import { writeBody } from './write-body.ts';

/**
 * The hash of what has come so far. Lost with the process, or when it may not fit the file: then the file is read
 * again.
 */
interface Progress {
  hasher: Bun.CryptoHasher;
  bytes: number;
}

/**
 * Behind the name of an upload that is whole. A blob may be another name of the same file by then: nothing may be added
 * to it any more, and under the name that is added to there is nothing. No id has a tilde.
 */
const WHOLE = '~whole';

/** More uploads than this at once are hashed by reading their files again. */
const MAX_REMEMBERED = 10_000;

/** A whole upload, of which some bytes may not be on the disk yet. */
export interface Spool {
  path: string;
  /** Waits until they are. @throws what went wrong; the upload is gone then. */
  sync(): Promise<void>;
}

/**
 * Uploads as files that grow, one each, named by their id.
 * @param keep makes a whole file a blob, durably. The file itself stays.
 */
export function filesystemUploads(root: string, keep: (spool: Spool, sha256: string) => Promise<void>): BlobUploads {
  mkdirSync(root, { recursive: true });
  const progress = new Map<string, Progress>();
  const busy = new Set<string>();
  const pathOf = (id: string) => join(root, assertUploadId(id));
  const wholeOf = (id: string) => pathOf(id) + WHOLE;

  const remember = (id: string, state: Progress) => {
    if (progress.size < MAX_REMEMBERED) progress.set(id, state);
  };
  /** Of several requests one adds to an upload, or ends it. */
  const alone = async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    if (busy.has(id)) throw isBusy();
    busy.add(id);
    try {
      return await work();
    } finally {
      busy.delete(id);
    }
  };
  const sizeAt = async (path: string): Promise<number | null> => stat(path).then(({ size }) => size, ifMissing(null));
  const sizeOf = async (id: string) => (await sizeAt(pathOf(id))) ?? sizeAt(wholeOf(id));

  const discard = async (id: string) => {
    progress.delete(id);
    await rm(pathOf(id), { force: true });
    await rm(wholeOf(id), { force: true });
  };
  const sync = (id: string) =>
    syncFile(wholeOf(id)).catch(async (failure: unknown) => {
      // The system reports it once: completed again, the next sync would succeed, and lost bytes would be a blob.
      await discard(id);
      throw failure;
    });

  return {
    async begin(id) {
      const file = await open(pathOf(id), 'wx', 0o600);
      await file.close();
      remember(id, { hasher: new Bun.CryptoHasher('sha256'), bytes: 0 });
    },

    size: sizeOf,

    append: (id, body, bytes) =>
      alone(id, async () => {
        if ((await sizeAt(wholeOf(id))) !== null) throw isWhole();
        const state = progress.get(id);
        // Bytes that were written and not counted, because something failed, must not be in the hash.
        progress.delete(id);
        const { written, size } = await appendTo(
          pathOf(id),
          bytes === undefined ? body : expectLength(body, bytes),
          state,
        );
        // Discarded during the append: nobody will ever find the bytes.
        if ((await sizeAt(pathOf(id))) === null) throw notFound('upload');
        if (state) remember(id, { ...state, bytes: state.bytes + written });
        return size;
      }),

    complete: (id, algorithm, digest) =>
      alone(id, async () => {
        const size = await sizeOf(id);
        if (size === null) throw notFound('upload');
        const whole = wholeOf(id);
        const path = (await sizeAt(whole)) === null ? pathOf(id) : whole;
        const state = progress.get(id);
        // Another process may have added to the file: then the sizes differ.
        const known = state?.bytes === size ? state.hasher.copy().digest('hex') : null;
        const sha256 = known ?? (await hashFile(path, 'sha256'));
        const actual = algorithm === 'sha256' ? sha256 : await hashFile(path, algorithm);
        if (actual !== digest) throw wrongDigest(algorithm, actual, digest);
        if (path !== whole) await rename(path, whole);
        // Between the look and the new name something else may have added to it, or discarded it.
        const now = await sizeAt(whole);
        if (now === null) throw notFound('upload');
        if (now !== size) throw conflict('Another request has added to this upload.');
        await keep({ path: whole, sync: () => sync(id) }, sha256);
        return { sha256, size };
      }).catch(async (error: unknown) => {
        // A discarded upload is missing at whichever step finds out.
        throw codeOf(error) === 'ENOENT' && (await sizeOf(id)) === null ? notFound('upload') : error;
      }),

    discard,

    async *list() {
      for await (const { name, ...aged } of listFiles(root))
        yield {
          size: aged.size,
          modifiedAt: aged.modifiedAt,
          id: name.endsWith(WHOLE) ? name.slice(0, -WHOLE.length) : name,
        };
    },
  };
}

async function appendTo(path: string, body: AsyncIterable<Uint8Array>, state: Progress | undefined) {
  const file = await open(path, constants.O_WRONLY | constants.O_APPEND).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? notFound('upload') : error;
  });
  const before = (await file.stat()).size;
  const ahead = createSyncAhead(file);
  try {
    const written = await writeBody(file, state ? hashed(body, state.hasher) : body, ahead.wrote);
    await ahead.end();
    return { written, size: (await file.stat()).size };
  } catch (error) {
    // Neither cut nor closed under a sync that runs. A failure is reported once: the next would succeed, and what is
    // lost be a blob.
    await ahead.end().catch(async (failure: unknown) => {
      await rm(path, { force: true });
      throw failure;
    });
    // Half a chunk would fill the disk until the collector comes, and one of a wrong length is none; the client can
    // send it again.
    if (isDiskFull(error) || error instanceof WrongLength) await file.truncate(before);
    throw error;
  } finally {
    await file.close();
  }
}

async function hashFile(path: string, algorithm: 'sha256' | 'sha512'): Promise<string> {
  const hasher = new Bun.CryptoHasher(algorithm);
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return hasher.digest('hex');
}
