import { compressing, compressText, type Text } from '../../lib/compress-text.ts';
import { notFound, unavailable } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import type { BlobStore, StoredBlob } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import { inSharedCommit } from '../../store/db/shared-commit.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import type { Texts } from './package-behaviour.ts';
import { createRebuilds } from './rebuilds.ts';

/** A document that clients read of a package or of a repository, compressed. */
export interface PackageDocument {
  /** SHA-256 of the text, or of the state that the text is made of; hex. */
  etag: string;
  /**
   * When the text changed last, or its package, in milliseconds since 1970. Left out: unknown, and no `Last-Modified`
   * is sent.
   */
  modifiedAt?: number;
  /** The text under gzip, or a function that makes it. A large one is a blob, or is made while it is read. */
  body: DocumentBody | (() => Promise<DocumentBody>);
}

type DocumentBody = Uint8Array | StoredBytes | AsyncGenerator<Uint8Array>;

/** A document as a row: its bytes in the row, or in a blob. */
export interface DocumentRow {
  revision: number;
  base: string;
  etag: string;
  body: Uint8Array;
  blob_sha256: string | null;
  blob_size: number | null;
  modified_at?: number;
}

/** The owner of some documents at one revision, and how they are made: a package, a version of one, or a repository. */
export interface DocumentSource {
  /** Identifies the documents: concurrent rebuilds under one key are coalesced. */
  key: string;
  /** A document made of an older revision is stale. */
  revision: number;
  /** The public URL that links in the texts begin with. */
  base: string;
  /** Its rows have `modified_at`. */
  isDated: boolean;
  find(kind: string): Promise<DocumentRow | undefined>;
  /** Makes texts of the owner as it is now. Undefined: the owner was deleted. */
  make(): Promise<{ revision: number; texts: Texts } | undefined>;
  /** Writes the documents of one rebuild, except where a newer revision was written. */
  write(trx: Db, documents: Readonly<Record<string, DocumentRow>>): Promise<void>;
}

/** A document with where it is kept: its bytes in memory, or a blob. */
interface MadeDocument {
  etag: string;
  body: Uint8Array;
  blob: StoredBlob | null;
}

interface Made {
  /** The revision that the documents were made of. */
  revision: number;
  documents: Record<string, MadeDocument>;
}

/**
 * Incremented when a type makes other documents of the same contents: documents in an older format are made again when
 * they are read. The documents of all types are in test/snapshots/package-documents.txt.
 */
export const DOCUMENT_FORMAT = 3;

/** A document is valid for one format and one public URL. */
const formatAndBase = (base: string) => `${DOCUMENT_FORMAT} ${base}`;

/** A larger document is stored as a blob, and nothing holds it in memory. */
const MAX_ROW_BYTES = 4 * 1024 * 1024;

export type DocumentStore = ReturnType<typeof createDocumentStore>;

/**
 * Keeps documents with the revision of their owner. They are rebuilt in the background after the transaction that
 * changed the owner. Concurrent rebuilds of one owner are coalesced: one running, at most one queued. A stale document
 * is never served: it is rebuilt when it is read.
 */
export function createDocumentStore({ db, blobs, clock, report }: Pick<Deps, 'db' | 'blobs' | 'clock' | 'report'>) {
  const write = async (trx: Db, source: DocumentSource, { revision, documents }: Made): Promise<void> => {
    const names = Object.values(documents).flatMap(({ blob }) => (blob ? [blob.sha256] : []));
    if (names.length > 0 && (await pinBlobs(trx, blobs, names)).length > 0)
      throw unavailable('The documents were deleted before they were saved.', 1);
    const rows: Record<string, DocumentRow> = {};
    for (const [kind, { etag, body, blob }] of Object.entries(documents)) {
      rows[kind] = {
        revision,
        base: formatAndBase(source.base),
        etag,
        body,
        blob_sha256: blob?.sha256 ?? null,
        blob_size: blob?.size ?? null,
        modified_at: clock(),
      };
    }
    await source.write(trx, rows);
  };

  const rebuild = async (source: DocumentSource): Promise<Made> => {
    const made = await source.make();
    if (!made) throw notFound('package');
    const documents: Made['documents'] = {};
    for (const [kind, text] of Object.entries(made.texts)) documents[kind] = await compressInto(blobs, text);
    const all = { revision: made.revision, documents };
    await inSharedCommit(db, (trx) => write(trx, source, all)).catch(async (error: unknown) => {
      // The write fails when the owner was deleted in the meantime.
      throw (await source.make()) ? error : notFound('package');
    });
    return all;
  };

  const rebuilds = createRebuilds(rebuild, report);

  const open = async ({ etag, body, blob_sha256, blob_size, modified_at }: DocumentRow) => {
    const modified = modified_at === undefined ? {} : { modifiedAt: modified_at };
    if (blob_sha256 === null) return { etag, ...modified, body };
    const bytes = await blobs.open(blob_sha256, blob_size ?? 0);
    return bytes && { etag, ...modified, body: bytes };
  };

  const findValid = async (source: DocumentSource, kind: string): Promise<PackageDocument | null> => {
    const kept = await source.find(kind);
    const isValid = kept && kept.revision >= source.revision && kept.base === formatAndBase(source.base);
    return isValid ? open(kept) : null;
  };

  return {
    /**
     * Writes the first documents of an owner within the transaction that creates it. Everything is in memory already,
     * so no other commit waits for the disk.
     */
    async writeFirst(trx: Db, source: DocumentSource, texts: Texts): Promise<void> {
      const documents: Made['documents'] = {};
      for (const [kind, text] of Object.entries(texts)) documents[kind] = { ...(await compressText(text)), blob: null };
      await write(trx, source, { revision: source.revision, documents });
    },

    refresh: rebuilds.refresh,
    settled: rebuilds.settled,

    /**
     * A document as it was made after the last change. It is made here when it is not up to date yet, when its blob is
     * gone, and after a change of the public URL or of the format.
     * @throws PosternError `not_found` when the owner is gone or has no document of this kind.
     */
    async read(source: DocumentSource, kind: string): Promise<PackageDocument> {
      const valid = await findValid(source, kind);
      if (valid) return valid;
      const document = (await rebuilds.upToDate(source)).documents[kind];
      if (!document) throw notFound('package document');
      const { etag, blob } = document;
      const dated = source.isDated ? await findValid(source, kind) : null;
      if (dated) return dated;
      if (blob === null) return document;
      const body = await blobs.open(blob.sha256, blob.size);
      if (!body) throw unavailable('The document is being built.', 1);
      return { etag, body };
    },
  };
}

/** Compresses a text into memory, or into the blob store when it turns out to be large. */
async function compressInto(blobs: BlobStore, text: Text): Promise<MadeDocument> {
  const { bytes, etag } = compressing(text);
  const held: Uint8Array[] = [];
  for (let left = MAX_ROW_BYTES; left >= 0; ) {
    const { done, value } = await bytes.next();
    if (done) return { body: Buffer.concat(held), etag: etag(), blob: null };
    held.push(value);
    left -= value.byteLength;
  }
  const all = async function* () {
    for (let first = held.shift(); first; first = held.shift()) yield first;
    yield* bytes;
  };
  const blob = await blobs.put(all());
  return { body: new Uint8Array(), etag: etag(), blob };
}

/** Reads the whole of a document, compressed as it is stored: only for a document that is known to be small. */
export async function wholeOf({ body }: PackageDocument): Promise<Uint8Array> {
  const made = typeof body === 'function' ? await body() : body;
  if (made instanceof Uint8Array) return made;
  return Buffer.concat(await Array.fromAsync('read' in made ? made.stream() : made));
}
