import { pack } from 'tar-stream';
import type { Compression } from '../../src/lib/archives/decompress.ts';
import { defined } from '../../src/lib/defined.ts';

export interface Entry {
  name: string;
  content?: string | Uint8Array;
  type?: 'file' | 'symlink' | 'link' | 'directory' | 'fifo' | 'character-device';
  linkname?: string;
}

/** A tar of these entries, as tar-stream writes it. */
export async function packTar(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, content = '', type = 'file', linkname } of entries)
    packed.entry({ name, type, ...defined({ linkname }) }, type === 'file' ? Buffer.from(content) : '');
  packed.finalize();
  return Buffer.concat((await Array.fromAsync(packed)) as Uint8Array[]);
}

/** The bytes under this compression; that of xz is made by the command `xz`. */
export function compress(compression: Compression, bytes: Uint8Array, xzOptions: readonly string[] = []): Buffer {
  const plain = new Uint8Array(bytes);
  if (compression === 'none') return Buffer.from(plain);
  if (compression === 'gzip') return Buffer.from(Bun.gzipSync(plain));
  if (compression === 'zstd') return Bun.zstdCompressSync(plain);
  const { success, stdout, stderr } = Bun.spawnSync(['xz', '--stdout', ...xzOptions], { stdin: plain });
  if (!success) throw new Error(`xz failed: ${stderr.toString()}`);
  return stdout;
}

export interface ArEntry {
  name: string;
  content?: string | Uint8Array;
  /** The size field of the header, in place of the true size. */
  size?: string;
}

/** An `ar` archive, written by hand: no program writes what attackers do. */
export function packAr(entries: readonly ArEntry[]): Buffer {
  const parts = entries.flatMap(({ name, content = '', size }) => {
    const bytes = Buffer.from(content);
    const fields = [name.padEnd(16), '0'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    const header = Buffer.from(`${fields.join('')}${(size ?? String(bytes.length)).padEnd(10)}\`\n`, 'latin1');
    return [header, bytes, Buffer.from('\n'.repeat(bytes.length % 2))];
  });
  return Buffer.concat([Buffer.from('!<arch>\n'), ...parts]);
}
