import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { unprocessable } from './errors.ts';
import type { StoredBytes } from './stored-bytes.ts';

export interface TarLimits {
  entries: number;
  /** Of all entries together, in bytes, unpacked. */
  bytes: number;
  /** How many times larger than the archive its contents may be; small archives may have 64 MiB whatever they are. */
  ratio: number;
}

const FREE_BYTES = 64 * 1024 * 1024;

/**
 * Walks through a gzipped tar without unpacking it anywhere, and reads the files that are asked for.
 * @param wanted the most bytes to read of an entry of this name; 0: none of it.
 * @returns the contents by name, of the first entry where several have one.
 * @throws PosternError `unprocessable` when it is no such archive, is larger than it looks, or holds an entry that could
 * leave the folder it is unpacked into: links, absolute names, `..`.
 */
export async function readTarball(
  archive: Pick<StoredBytes, 'size' | 'stream'>,
  limits: TarLimits,
  wanted: (name: string) => number,
): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  const unpacked = createGunzip();
  const entries = extract();
  const most = Math.min(limits.bytes, Math.max(FREE_BYTES, limits.ratio * archive.size));
  let [count, bytes] = [0, 0];
  unpacked.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > most) unpacked.destroy(unprocessable('the archive is larger unpacked than it may be'));
  });
  pipeline(Readable.from(archive.stream()), unpacked, entries, () => {});
  try {
    for await (const entry of entries) {
      if (++count > limits.entries) throw unprocessable(`the archive has more than ${limits.entries} entries`);
      const { name, type } = entry.header;
      checkEntry(name, type ?? 'file');
      const max = found.has(name) || type !== 'file' ? 0 : wanted(name);
      if (max > 0) found.set(name, await readEntry(entry, name, max));
      else entry.resume();
    }
  } catch (error) {
    throw error instanceof Error && error.name === 'PosternError'
      ? error
      : unprocessable('the archive is not a gzipped tar');
  } finally {
    unpacked.destroy();
    entries.destroy();
  }
  return found;
}

function checkEntry(name: string, type: string): void {
  if (!['file', 'directory', 'contiguous-file', 'pax-header', 'pax-global-header'].includes(type))
    throw unprocessable(`the archive holds a ${type}, which is not taken`);
  if (/^[/\\]|^[A-Za-z]:|[\u0000]/.test(name) || name.split(/[/\\]/).includes('..'))
    throw unprocessable('the archive holds a name that leads out of it');
}

async function readEntry(entry: AsyncIterable<Buffer>, name: string, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of entry) {
    size += chunk.length;
    if (size > max) throw unprocessable(`${name} in the archive is larger than ${max} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
