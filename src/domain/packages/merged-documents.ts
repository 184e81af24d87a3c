import { compressing, type Text } from '../../lib/compress-text.ts';
import { sha256Hex } from '../../lib/digest.ts';
import type { PackageRow } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { readContents } from './contents.ts';
import { DOCUMENT_FORMAT, type DocumentMaker, type PackageDocument } from './documents.ts';

/**
 * So many bytes of such documents are held in memory, and so many of one; a larger one is made anew for each who reads
 * it.
 */
const MOST = 16 * 1024 * 1024;
const MOST_OF_ONE = 4 * 1024 * 1024;

/** What is counted for a document besides its bytes. */
const ENTRY = 200;

type Found = readonly [PackageRow, ...PackageRow[]];

/** Null: it is too large to be held. */
type Held = Uint8Array | null;

/**
 * Documents of several packages with one name, as they are found below a group. Which packages those are depends on who
 * reads, so that none is kept with a package: they are made when they are read, and held as long as there is room.
 */
export function createMergedDocuments({ db }: Pick<Deps, 'db'>) {
  const held = new Map<string, Held>();
  const running = new Map<string, Promise<Held>>();
  let size = 0;

  const drop = (etag: string) => {
    const body = held.get(etag);
    if (body !== undefined && held.delete(etag)) size -= weightOf(body);
  };

  /** As the one that was read last; those that were read longest ago make room. */
  const hold = (etag: string, body: Held): void => {
    drop(etag);
    held.set(etag, body);
    size += weightOf(body);
    for (const oldest of held.keys()) {
      if (size <= MOST) return;
      drop(oldest);
    }
  };

  const textOf = async ([first, ...others]: Found, kind: string, { files, make }: DocumentMaker): Promise<Text> => {
    const read = (each: PackageRow) => readContents(db, each, { files });
    const text = make([await read(first), ...(await Promise.all(others.map(read)))])[kind];
    if (text === undefined) throw new Error(`no document of the kind ${kind}`);
    return text;
  };

  /** Of many who ask at once the first has it made for all. */
  const inMemory = async (etag: string, text: () => Promise<Text>): Promise<Held> => {
    let body = held.get(etag);
    if (body === undefined) {
      const begun = running.get(etag) ?? makeSmall(text).finally(() => running.delete(etag));
      running.set(etag, begun);
      body = await begun;
    }
    hold(etag, body);
    return body;
  };

  /** @param found the one that was changed last first. Its tag is known before it is made. */
  return (found: Found, kind: string, maker: DocumentMaker): PackageDocument => {
    // The time too: revisions are counted on from where they were when a backup is put back.
    const state = found.map(({ id, revision, updated_at }) => [id, revision, updated_at]);
    const etag = sha256Hex(JSON.stringify([DOCUMENT_FORMAT, maker.base, maker.part, kind, state]));
    const text = () => textOf(found, kind, maker);
    return { etag, body: async () => (await inMemory(etag, text)) ?? compressing(await text()).bytes };
  };
}

const weightOf = (body: Held) => ENTRY + (body?.byteLength ?? 0);

/** The whole of a document under gzip; null when that is too large to be held. */
async function makeSmall(text: () => Promise<Text>): Promise<Held> {
  const parts: Uint8Array[] = [];
  let left = MOST_OF_ONE;
  for await (const part of compressing(await text()).bytes) {
    left -= part.byteLength;
    if (left < 0) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}
