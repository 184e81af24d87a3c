import { sha256Hex } from '../../lib/digest.ts';
import type { Db } from '../../store/db/database.ts';
import { findPackageDocument, writePackageDocument } from '../../store/tables/package-documents.ts';
import type { PackageRow } from '../../store/tables/packages.ts';
import { type PackageContents, readContents, type WantedFiles } from './contents.ts';

/** What clients read of a package as a whole, compressed. */
export interface PackageDocument {
  /** SHA-256 of the text, hex. */
  etag: string;
  /** The text under gzip. */
  body: Uint8Array;
}

/** How a type makes its documents of a package: a text for each kind. Pure. */
export interface DocumentMaker {
  /** What the links in the texts start with. */
  base: string;
  /** The texts tell of files too. */
  files?: WantedFiles;
  make(contents: PackageContents): Record<string, string>;
}

/** Makes the documents of a package as it is now, and keeps them. */
export async function makeDocuments(
  db: Db,
  found: PackageRow,
  { base, files = false, make }: DocumentMaker,
): Promise<Record<string, PackageDocument>> {
  const made: Record<string, PackageDocument> = {};
  for (const [kind, text] of Object.entries(make(await readContents(db, found, { files })))) {
    const document = { etag: sha256Hex(text), body: Bun.gzipSync(Buffer.from(text)) };
    await writePackageDocument(db, { package_id: found.id, kind, revision: found.revision, base, ...document });
    made[kind] = document;
  }
  return made;
}

/**
 * A document of a package, as it was made when the package last changed. Only when something changed it that could not make
 * documents (a deletion by the API, another public URL) is it made here.
 */
export async function readDocument(
  db: Db,
  found: PackageRow,
  kind: string,
  maker: DocumentMaker,
): Promise<PackageDocument> {
  const kept = await findPackageDocument(db, found.id, kind);
  if (kept && kept.revision === found.revision && kept.base === maker.base) return kept;
  const document = (await makeDocuments(db, found, maker))[kind];
  if (!document) throw new Error(`no document of the kind ${kind}`);
  return document;
}
