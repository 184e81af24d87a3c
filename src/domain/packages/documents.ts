import { compressText } from '../../lib/compress-text.ts';
import { notFound, PosternError } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { inSharedCommit } from '../../store/db/shared-commit.ts';
import { findPackageDocument, writePackageDocument } from '../../store/tables/package-documents.ts';
import type { PackageFileRow } from '../../store/tables/package-files.ts';
import { findPackageById, type PackageRow, type PackageVersionRow } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { contentsOfNew, type PackageContents, readContents, type WantedFiles } from './contents.ts';

/** What clients read of a package as a whole, compressed. */
export interface PackageDocument {
  /** SHA-256 of the text, hex. */
  etag: string;
  /** The text under gzip. */
  body: Uint8Array;
}

/** How a type makes its documents of a package: a text for each kind, whole or in parts. Pure. */
export interface DocumentMaker {
  /** What the links in the texts start with. */
  base: string;
  /** Tells it apart from other makers of the same type. */
  part?: string;
  /** The texts tell of files too. */
  files?: WantedFiles;
  make(contents: PackageContents): Record<string, string | Iterable<string>>;
}

interface Made {
  /** Of the package that they were made of, or older. */
  revision: number;
  documents: Record<string, PackageDocument>;
}

const keyOf = ({ id }: Pick<PackageRow, 'id'>, { base, part }: DocumentMaker) => [id, base, part].join(' ');

/** How long documents wait for further changes of their package, in milliseconds. */
const SOON = 100;

/** Up to so many characters of what is told of a package it is compressed at once. */
const SMALL = 32 * 1024;

async function compressAll(texts: ReturnType<DocumentMaker['make']>): Promise<Made['documents']> {
  const documents: Made['documents'] = {};
  for (const [kind, text] of Object.entries(texts)) documents[kind] = await compressText(text);
  return documents;
}

async function keep(trx: Db, { id, revision }: PackageRow, base: string, documents: Made['documents']): Promise<void> {
  for (const [kind, document] of Object.entries(documents))
    await writePackageDocument(trx, { package_id: id, kind, revision, base, ...document });
}

export type PackageDocuments = ReturnType<typeof createPackageDocuments>;

/**
 * Documents are made when a package has changed, after the transaction that changed it: nobody who writes waits for that. Only the
 * first ones of a new package, which are small, are made within.
 * Each is kept with the revision of the package that it was made of, so that one that is out of date is never served.
 */
export function createPackageDocuments({ db, report }: Pick<Deps, 'db' | 'report'>) {
  const running = new Map<string, Promise<Made>>();
  /** Packages whose documents are about to be made, as they were changed last. */
  const due = new Map<string, PackageRow>();
  const background = new Set<Promise<unknown>>();

  const make = async (id: number, { base, files = false, make: texts }: DocumentMaker): Promise<Made> => {
    const found = await findPackageById(db, id);
    if (!found) throw notFound('package');
    const documents = await compressAll(texts(await readContents(db, found, { files })));
    await inSharedCommit(db, (trx) => keep(trx, found, base, documents)).catch(async (error: unknown) => {
      // Deleted while they were made.
      throw (await findPackageById(db, id)) ? error : notFound('package');
    });
    return { revision: found.revision, documents };
  };

  /** Of many that change one package at once the first makes the documents, and again at most one for all the others. */
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
     * Writes the first documents of a package as part of the transaction that makes it: nothing has to be read for them, and no
     * other commit waits for the disk.
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
      await keep(trx, found, base, await compressAll(texts(contentsOfNew(found, version, written, files))));
      return true;
    },

    /**
     * Has the documents of a package that has just changed made, in a moment, and does not wait for it: a package that changes
     * often has them made once for many changes. Who reads them before that makes them. What goes wrong, or is cut off by the
     * end of the program, is made good when they are read.
     */
    refresh(found: PackageRow, maker: DocumentMaker): void {
      const key = keyOf(found, maker);
      const isDue = due.has(key);
      due.set(key, found);
      if (isDue) return;
      const making = Bun.sleep(SOON)
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
     * A document of a package, as it was made when the package last changed. Only when something changed it that could not make
     * documents (a deletion by the API, another public URL) is it made here.
     */
    async read(found: PackageRow, kind: string, maker: DocumentMaker): Promise<PackageDocument> {
      const kept = await findPackageDocument(db, found.id, kind);
      if (kept && kept.revision >= found.revision && kept.base === maker.base) return kept;
      const document = (await fresh(found, maker))[kind];
      if (!document) throw new Error(`no document of the kind ${kind}`);
      return document;
    },
  };
}
