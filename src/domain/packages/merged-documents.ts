import { LRUCache } from 'lru-cache';
import { compressing, type Text } from '../../lib/compress-text.ts';
import { sha256Hex } from '../../lib/digest.ts';
import type { PackageRow } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { readContents } from './contents.ts';
import { DOCUMENT_FORMAT, type PackageDocument } from './document-store.ts';
import type { DocumentMakers } from './package-behaviour.ts';

/** Bytes of all cached documents. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Bytes of one cached document. A larger one is made for each request. */
const MAX_DOCUMENT_BYTES = 4 * 1024 * 1024;

/** Bytes that an entry of the cache counts in addition to those of its document. */
const ENTRY = 200;

type Found = readonly [PackageRow, ...PackageRow[]];

interface Maker {
  make: NonNullable<DocumentMakers['package']>;
  base: string;
}

interface Held {
  /** Null: the document is too large to be cached. */
  body: Uint8Array | null;
}

/**
 * Documents of several packages with one name, as they are found below a group. The reader's rights decide which
 * packages those are, so no such document is stored with a package: it is made when it is read and cached in memory,
 * least recently used out first.
 */
export function createMergedDocuments({ db }: Pick<Deps, 'db'>) {
  const held = new LRUCache<string, Held>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ body }) => ENTRY + (body?.byteLength ?? 0),
  });
  const running = new Map<string, Promise<Held>>();

  const textOf = async ([first, ...others]: Found, kind: string, { make, base }: Maker): Promise<Text> => {
    const read = (each: PackageRow) => readContents(db, each);
    const texts = await make([await read(first), ...(await Promise.all(others.map(read)))], base);
    const text = texts[kind];
    if (text === undefined) throw new Error(`no document of the kind ${kind}`);
    return text;
  };

  /** Concurrent requests for one document share one rebuild. */
  const inMemory = async (etag: string, text: () => Promise<Text>): Promise<Held> => {
    const cached = held.get(etag);
    if (cached) return cached;
    const begun = running.get(etag) ?? makeSmall(text).finally(() => running.delete(etag));
    running.set(etag, begun);
    const made = await begun;
    held.set(etag, made);
    return made;
  };

  /** @param found the package that changed last comes first. The entity tag is known before the document is made. */
  return (found: Found, kind: string, maker: Maker): PackageDocument => {
    // With the time: after a backup is restored, revisions repeat.
    const state = found.map(({ id, revision, updated_at }) => [id, revision, updated_at]);
    const etag = sha256Hex(JSON.stringify([DOCUMENT_FORMAT, maker.base, kind, state]));
    const text = () => textOf(found, kind, maker);
    return { etag, body: async () => (await inMemory(etag, text)).body ?? compressing(await text()).bytes };
  };
}

/** The whole document under gzip; null when it is too large for the cache. */
async function makeSmall(text: () => Promise<Text>): Promise<Held> {
  const parts: Uint8Array[] = [];
  let left = MAX_DOCUMENT_BYTES;
  for await (const part of compressing(await text()).bytes) {
    left -= part.byteLength;
    if (left < 0) return { body: null };
    parts.push(part);
  }
  return { body: Buffer.concat(parts) };
}
