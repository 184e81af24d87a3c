import { open, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ifMissing } from '../blobs/if-missing.ts';

/** A pack of a repository. */
export interface Pack {
  /** `pack-<hash>`, as its files are named. */
  name: string;
  objects: number;
  /** Has a `.keep` file: a push has not finished with it. */
  kept: boolean;
  /** Holds unreachable objects, and when each was last used. */
  cruft: boolean;
}

/** The packs in `objects/pack` that are whole. */
export async function listPacks(folder: string): Promise<Pack[]> {
  const names = new Set(await readdir(folder));
  const packs: Pack[] = [];
  for (const file of names) {
    const name = /^(pack-[0-9a-f]+)\.idx$/.exec(file)?.[1];
    if (name === undefined || !names.has(`${name}.pack`)) continue;
    const objects = await countObjects(join(folder, `${name}.pack`));
    if (objects === null) continue;
    packs.push({ name, objects, kept: names.has(`${name}.keep`), cruft: names.has(`${name}.mtimes`) });
  }
  return packs;
}

/** Reads the header of a pack: `PACK`, the version, and the number of objects, four bytes each (gitformat-pack). */
async function countObjects(path: string): Promise<number | null> {
  const handle = await open(path, 'r').catch(() => null);
  if (!handle) return null;
  try {
    const header = Buffer.alloc(12);
    const { bytesRead } = await handle.read(header, 0, 12, 0);
    return bytesRead === 12 && header.toString('latin1', 0, 4) === 'PACK' ? header.readUInt32BE(8) : null;
  } finally {
    await handle.close();
  }
}

/**
 * Which packs to merge, so that each pack that is left has at least `factor` times the objects of all smaller ones
 * together: what `git repack --geometric` does. The number of packs stays logarithmic, and an object is copied a
 * logarithmic number of times.
 * @param loose how many objects are in no pack: they go into the merged pack.
 * @returns the packs to merge; fewer than two where that is all, and there are no loose objects, need no work.
 */
export function packsToMerge(packs: readonly Pack[], loose: number, factor = 2): Pack[] {
  const sorted = packs.filter(({ kept, cruft }) => !kept && !cruft).sort((a, b) => a.objects - b.objects);
  const sizeOf = (index: number) => sorted[index]?.objects ?? 0;
  // The largest packs that are a geometric progression already stay.
  let split = sorted.length === 0 ? 0 : sorted.length - 1;
  while (split > 0 && sizeOf(split) >= factor * sizeOf(split - 1)) split -= 1;
  if (split > 0) split += 1;
  let merged = loose;
  for (let index = 0; index < split; index++) merged += sizeOf(index);
  // The merged pack absorbs each pack that would break the geometric progression.
  while (merged > 0 && split < sorted.length && sizeOf(split) < factor * merged) {
    merged += sizeOf(split);
    split += 1;
  }
  return sorted.slice(0, split);
}

const EXTENSIONS = ['idx', 'pack', 'rev', 'bitmap', 'promisor', 'mtimes'];

/** Removes a pack. Its index goes first: a pack without one is not used, and the next sweep removes it. */
export async function removePack(folder: string, name: string): Promise<void> {
  for (const extension of EXTENSIONS) await rm(join(folder, `${name}.${extension}`), { force: true });
}

/** Removes the multi-pack index of a folder without packs. */
export async function removeMultiPackIndex(folder: string): Promise<void> {
  for (const name of await readdir(folder))
    if (name.startsWith('multi-pack-index')) await rm(join(folder, name), { force: true });
}

/** The files of loose objects. */
export async function listLooseObjects(objects: string): Promise<string[]> {
  const folders = (await readdir(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  const files: string[] = [];
  for (const folder of folders) {
    // A push or prune-packed may remove the folder at any time.
    const names = await readdir(join(objects, folder)).catch((): string[] => []);
    files.push(...names.filter((name) => /^[0-9a-f]{38,}$/.test(name)).map((name) => join(objects, folder, name)));
  }
  return files;
}

/** Sets the time of files to now; those that are gone are left out. */
export async function touch(files: readonly string[]): Promise<void> {
  const now = new Date();
  for (const file of files) await utimes(file, now, now).catch(ifMissing(undefined));
}
