import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Aged } from './blob-store.ts';
import { ifMissing } from './if-missing.ts';

export type ListedFile = Aged & { path: string; name: string };

/**
 * Every file below a folder, one at a time, however many there are. A file or folder that vanishes during the listing,
 * or is missing, is left out.
 */
export async function* listFiles(folder: string): AsyncIterable<ListedFile> {
  for await (const { name, directory } of entriesOf(folder)) {
    const path = join(folder, name);
    if (directory) yield* listFiles(path);
    else {
      const found = await stat(path).catch(ifMissing(null));
      if (found) yield { path, name, size: found.size, modifiedAt: found.mtimeMs };
    }
  }
}

async function* entriesOf(folder: string): AsyncIterable<{ name: string; directory: boolean }> {
  const open = await opendir(folder).catch(ifMissing(null));
  if (!open) return;
  for await (const entry of open) yield { name: entry.name, directory: entry.isDirectory() };
}
