import { unprocessable } from '../errors.ts';
import { type ArchiveEntry, type Streamed, watchSource } from './archive.ts';
import { type ArchiveLimits, guardArchive } from './archive-limits.ts';
import { ByteReader } from './byte-reader.ts';

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;

/**
 * Walks through an `ar` archive in the form that Debian packages have: names of at most 16 characters, in the header
 * alone. https://manpages.debian.org/stable/dpkg-dev/deb.5.en.html
 * @throws PosternError `unprocessable` when it is no such archive, has a name twice, or the guard refuses it.
 */
export async function* openAr(archive: Streamed, limits: ArchiveLimits): AsyncGenerator<ArchiveEntry, void> {
  const guard = guardArchive(archive.size, limits);
  const source = watchSource(archive.stream(), 'the archive is not a whole ar archive');
  const input = new ByteReader(source.bytes, notAr);
  const names = new Set<string>();
  try {
    if ((await input.take(MAGIC.length)).toString('latin1') !== MAGIC) throw notAr();
    while (await input.hasMore()) {
      await guard.turn();
      const { name, size } = parseHeader(await input.take(HEADER_BYTES));
      guard.entry(name, 'file');
      guard.unpacks(size);
      if (names.has(name)) throw unprocessable('the archive holds a name twice');
      names.add(name);
      const body = input.body(size);
      yield { name, type: 'file', size, stream: () => body };
      await body.skip(guard.turn);
      if (size % 2 === 1 && (await input.hasMore()) && (await input.take(1))[0] !== 0x0a) throw notAr();
    }
  } catch (error) {
    throw source.explain(error);
  } finally {
    await input.close();
  }
}

const notAr = () => unprocessable('the archive is not a whole ar archive');

/**
 * The name in 16 bytes, the size in 10 bytes from 48; both padded with spaces. Times, owner and mode between them are
 * ignored.
 */
function parseHeader(header: Buffer): { name: string; size: number } {
  // GNU ar ends a name with a slash. One that begins with a slash refers to a table of long names or of symbols.
  const name = /^([^/ ]+)\/? *$/.exec(header.toString('latin1', 0, 16))?.[1];
  const size = /^(\d{1,10}) *$/.exec(header.toString('latin1', 48, 58))?.[1];
  if (name === undefined || size === undefined || header.toString('latin1', 58) !== '`\n') throw notAr();
  return { name, size: Number(size) };
}
