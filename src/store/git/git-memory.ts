import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';

const GIBIBYTE = 1024 ** 3;

/**
 * The largest piece of memory that a git may allocate, as `GIT_ALLOC_LIMIT`. An object that is expanded from a delta is
 * one piece, and a delta of few bytes can claim any size. Clients make no deltas of files over 512 MiB, the default of
 * `core.bigFileThreshold`; files that are not deltas are streamed here, whatever their size.
 */
export const ALLOCATION_LIMIT = '512m';

/** The most bytes of packs that git maps at a time, as `core.packedGitLimit`; the address space has room for them. */
export const MAPPED_PACKS = '1g';

/** For the mapped packs, a delta with its base and its result, caches and threads. */
const ADDRESS_SPACE = 4 * GIBIBYTE;

/** The address space of a git that works on packs of so many bytes: their indexes and tables grow with them. */
export const addressSpaceFor = (packBytes: number): number => ADDRESS_SPACE + packBytes;

/** Finds the bytes in `objects/pack` of repositories. They are counted again when the folder has changed. */
export function createPackSizes() {
  const known = new LRUCache<string, { changed: number; bytes: number }>({ max: 10_000 });
  return async (repository: string): Promise<number> => {
    const folder = join(repository, 'objects/pack');
    const changed = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => null,
    );
    if (changed === null) return 0;
    const last = known.get(repository);
    if (last?.changed === changed) return last.bytes;
    const bytes = await bytesIn(folder);
    known.set(repository, { changed, bytes });
    return bytes;
  };
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder))
    bytes += await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  return bytes;
}
