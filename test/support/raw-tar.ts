/** An entry as it is written in the archive, byte by byte: for what no program that packs would write. */
export interface RawEntry {
  /**
   * Of tar: `0` a file, `2` a symbolic link, `5` a folder, `x` fields of pax for the next entry, `g` for all from there
   * on. Of GNU tar: `L` the long name of the next entry, `K` the long target of a link.
   */
  flag: '0' | '2' | '5' | 'x' | 'g' | 'L' | 'K';
  name: string;
  content?: string;
  /** The size field of the header, verbatim; by default the length of the content. */
  size?: string;
}

/** A tar of these entries. */
export const rawTar = (entries: readonly RawEntry[]): Buffer<ArrayBuffer> =>
  Buffer.concat([...entries.flatMap(blocksOf), Buffer.alloc(1024)]);

/** The same under gzip. */
export const rawTarball = (entries: readonly RawEntry[]): Uint8Array<ArrayBuffer> => Bun.gzipSync(rawTar(entries));

function blocksOf({ flag, name, content = '', size }: RawEntry): Buffer[] {
  const header = Buffer.alloc(512);
  const bytes = Buffer.from(content);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write(size ?? bytes.length.toString(8).padStart(11, '0'), 124);
  header.write(' '.repeat(8), 148);
  header.write(flag, 156);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}

/** Fields of pax: each line begins with how long it is. */
export function paxFields(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => {
      const line = ` ${name}=${value}\n`;
      const digits = String(line.length + String(line.length).length).length;
      return `${line.length + digits}${line}`;
    })
    .join('');
}
