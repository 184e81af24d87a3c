import { compressing, compressText, type Text } from '../../lib/compress-text.ts';
import { notFound, PosternError, unavailable } from '../../lib/errors.ts';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import type { BlobStore, StoredBlob } from '../../store/blobs/blob-store.ts';
import type { Db } from '../../store/db/database.ts';
import { inSharedCommit } from '../../store/db/shared-commit.ts';
import { findPackageDocument, writePackageDocument } from '../../store/tables/package-documents.ts';
import type { PackageFileRow } from '../../store/tables/package-files.ts';
import { findPackageById, type PackageRow, type PackageVersionRow } from '../../store/tables/packages.ts';
import { pinBlobs } from '../collection/pin-blobs.ts';
import type { Deps } from '../deps.ts';
import { contentsOfNew, type PackageContents, readContents, type WantedFiles } from './contents.ts';

/** What clients read of a package as a whole, compressed. */
export interface PackageDocument {
  /** SHA-256 of the text or of what it is made of, hex. */
  etag: string;
  /**
   * The text under gzip, or what makes it for who has not got it. A large one lies in the store, or is made while it is
   * read.
   */
  body: DocumentBody | (() => Promise<DocumentBody>);
}

type DocumentBody = Uint8Array | StoredBytes | AsyncGenerator<Uint8Array>;

/**
 * How a type makes its documents of a package, or of several with one name, the one that was changed last first: a text
 * for each kind, whole or in parts. It reads nothing but the contents.
 */
export interface DocumentMaker {
  /** What the links in the texts start with. */
  base: string;
  /** Tells it apart from other makers of the same type. */
  part?: string;
  /** The texts tell of the files of one version. */
  files?: WantedFiles;
  make(packages: readonly [PackageContents, ...PackageContents[]]): Record<string, Text>;
}

/** A document with where it is kept: its bytes with the row, or a blob. */
interface KeptDocument {
  etag: string;
  body: Uint8Array;
  blob: StoredBlob | null;
}

interface Made {
  /** Of the package that they were made of, or older. */
  revision: number;
  documents: Record<string, KeptDocument>;
}

const keyOf = ({ id }: Pick<PackageRow, 'id'>, { base, part }: DocumentMaker) => [id, base, part].join(' ');

/**
 * Raised when a type comes to make other documents of the same contents: those that an older program made are made anew
 * when they are read. What the types make is in test/snapshots/package-documents.txt.
 */
export const DOCUMENT_FORMAT = 2;

/** Under what a document is kept as long as it is good for who reads it. */
const keptFor = (base: string) => `${DOCUMENT_FORMAT} ${base}`;

/** How long documents wait for further changes of their package, in milliseconds. */
const DEBOUNCE_MS = 100;

/** Up to so many characters of what is told of a package it is compressed at once. */
const SMALL = 32 * 1024;

/** Up to so many bytes of a document lie in the database; more is a blob, and nobody holds it in memory. */
const MAX_KEPT = 4 * 1024 * 1024;

async function compressAll(texts: ReturnType<DocumentMaker['make']>): Promise<Made['documents']> {
  const documents: Made['documents'] = {};
  for (const [kind, text] of Object.entries(texts)) documents[kind] = { ...(await compressText(text)), blob: null };
  return documents;
}

/** Compresses a text into memory, or into the store when it turns out to be large. */
async function compressInto(blobs: BlobStore, text: Text): Promise<KeptDocument> {
  const { bytes, etag } = compressing(text);
  const held: Uint8Array[] = [];
  for (let left = MAX_KEPT; left >= 0; ) {
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

async function keep(
  trx: Db,
  blobs: BlobStore,
  { id, revision }: PackageRow,
  base: string,
  documents: Made['documents'],
): Promise<void> {
  const names = Object.values(documents).flatMap(({ blob }) => (blob ? [blob.sha256] : []));
  if (names.length > 0 && (await pinBlobs(trx, blobs, names)).length > 0)
    throw unavailable('The documents were cleared away before they were kept.', 1);
  for (const [kind, { etag, body, blob }] of Object.entries(documents)) {
    const blob_sha256 = blob?.sha256 ?? null;
    const blob_size = blob?.size ?? null;
    const row = { package_id: id, kind, revision, base: keptFor(base), etag, body, blob_sha256, blob_size };
    await writePackageDocument(trx, row);
  }
}

export type PackageDocuments = ReturnType<typeof createPackageDocuments>;

/**
 * Documents are made when a package has changed, after the transaction that changed it: nobody who writes waits for
 * that. Only the first ones of a new package, which are small, are made within.
 * Each is kept with the revision of the package that it was made of, so that one that is out of date is never served.
 */
export function createPackageDocuments({ db, blobs, report }: Pick<Deps, 'db' | 'blobs' | 'report'>) {
  const running = new Map<string, Promise<Made>>();
  /** Packages whose documents are about to be made, as they were changed last. */
  const due = new Map<string, PackageRow>();
  const background = new Set<Promise<unknown>>();

  const make = async (id: number, { base, files, make: texts }: DocumentMaker): Promise<Made> => {
    const found = await findPackageById(db, id);
    if (!found) throw notFound('package');
    const documents: Made['documents'] = {};
    for (const [kind, text] of Object.entries(texts([await readContents(db, found, { files })])))
      documents[kind] = await compressInto(blobs, text);
    await inSharedCommit(db, (trx) => keep(trx, blobs, found, base, documents)).catch(async (error: unknown) => {
      // Deleted while they were made.
      throw (await findPackageById(db, id)) ? error : notFound('package');
    });
    return { revision: found.revision, documents };
  };

  /**
   * Of many that change one package at once the first makes the documents, and again at most one for all the others.
   */
  const fresh = async ({ id, revision }: PackageRow, maker: DocumentMaker): Promise<Made['documents']> => {
    const key = keyOf({ id }, maker);
    for (;;) {
      const begun = running.get(key) ?? make(id, maker).finally(() => running.delete(key));
      running.set(key, begun);
      const made = await begun;
      if (made.revision >= revision) return made.documents;
    }
  };

  return {
    /**
     * Writes the first documents of a package as part of the transaction that makes it: nothing has to be read for
     * them, and no other commit waits for the disk.
     * @returns whether; what takes a while to compress would hold up all others who write.
     */
    async writeFirst(
      trx: Db,
      found: PackageRow,
      version: PackageVersionRow,
      written: { properties: Readonly<Record<string, string>>; files: readonly PackageFileRow[] },
      { base, files, make: texts }: DocumentMaker,
    ): Promise<boolean> {
      const values = [version.metadata, ...Object.values(written.properties)];
      if (values.reduce((sum, { length }) => sum + length, 0) > SMALL) return false;
      await keep(trx, blobs, found, base, await compressAll(texts([contentsOfNew(found, version, written, files)])));
      return true;
    },

    /**
     * Has the documents of a package that has just changed made, in a moment, and does not wait for it: a package that
     * changes often has them made once for many changes. Who reads them before that makes them. What goes wrong, or is
     * cut off by the end of the program, is made good when they are read.
     */
    refresh(found: PackageRow, maker: DocumentMaker): void {
      const key = keyOf(found, maker);
      const isDue = due.has(key);
      due.set(key, found);
      if (isDue) return;
      const making = Bun.sleep(DEBOUNCE_MS)
        .then(() => {
          const latest = due.get(key) ?? found;
          due.delete(key);
          return fresh(latest, maker);
        })
        .catch((error) => {
          // Deleted meanwhile: nothing is to be told of it.
          if (error instanceof PosternError && error.kind === 'not_found') return;
          report(`documents of package ${found.id} could not be made`, error);
        })
        .finally(() => background.delete(making));
      background.add(making);
    },

    /** Resolves when those that were asked for by now are made. */
    settled: async (): Promise<void> => {
      await Promise.all(background);
    },

    /**
     * A document of a package, as it was made when the package last changed. Only when something changed it that could
     * not make documents (a deletion by the API, another public URL, a newer program) is it made here.
     */
    async read(found: PackageRow, kind: string, maker: DocumentMaker): Promise<PackageDocument> {
      const kept = await findPackageDocument(db, found.id, kind);
      if (kept && kept.revision >= found.revision && kept.base === keptFor(maker.base)) {
        if (kept.blob_sha256 === null) return kept;
        const body = await blobs.open(kept.blob_sha256, kept.blob_size ?? 0);
        if (body) return { etag: kept.etag, body };
      }
      const document = (await fresh(found, maker))[kind];
      if (!document) throw new Error(`no document of the kind ${kind}`);
      const { etag, blob } = document;
      if (blob === null) return document;
      const body = await blobs.open(blob.sha256, blob.size);
      if (!body) throw unavailable('The document is being made.', 1);
      return { etag, body };
    },
  };
}

/** The whole of a document, as it lies: for one that is known to be small. */
export async function wholeOf({ body }: PackageDocument): Promise<Uint8Array> {
  const made = typeof body === 'function' ? await body() : body;
  if (made instanceof Uint8Array) return made;
  return Buffer.concat(await Array.fromAsync('read' in made ? made.stream() : made));
}
