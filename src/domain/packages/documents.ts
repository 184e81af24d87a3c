import { compressText } from '../../lib/compress-text.ts';
import { notFound, PosternError } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { findPackageDocument, writePackageDocument } from '../../store/tables/package-documents.ts';
import { findPackageById, type PackageRow } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { type PackageContents, readContents, type WantedFiles } from './contents.ts';

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

export type PackageDocuments = ReturnType<typeof createPackageDocuments>;

/**
 * Documents are made when a package has changed, after the transaction that changed it: nobody who writes waits for that.
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
    const documents: Record<string, PackageDocument> = {};
    for (const [kind, text] of Object.entries(texts(await readContents(db, found, { files }))))
      documents[kind] = await compressText(text);
    await inTransaction(db, async (trx) => {
      for (const [kind, document] of Object.entries(documents))
        await writePackageDocument(trx, { package_id: id, kind, revision: found.revision, base, ...document });
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
