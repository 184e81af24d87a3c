import { compressText } from '../../lib/compress-text.ts';
import { notFound } from '../../lib/errors.ts';
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

export type PackageDocuments = ReturnType<typeof createPackageDocuments>;

/**
 * Documents are made when a package changes, beside the transaction that changed it: nobody else who writes waits for that.
 * Each is kept with the revision of the package that it was made of, so that one that is out of date is never served.
 */
export function createPackageDocuments({ db, report }: Pick<Deps, 'db' | 'report'>) {
  const running = new Map<string, Promise<Made>>();

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
    const key = [id, maker.base, maker.part].join(' ');
    for (;;) {
      const begun = running.get(key) ?? make(id, maker).finally(() => running.delete(key));
      running.set(key, begun);
      const made = await begun;
      if (made.revision >= revision) return made.documents;
    }
  };

  return {
    /** Makes the documents of a package that has just changed. What goes wrong is made good when they are read. */
    async refresh(found: PackageRow, maker: DocumentMaker): Promise<void> {
      await fresh(found, maker).catch((error) => report(`documents of package ${found.id} could not be made`, error));
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
