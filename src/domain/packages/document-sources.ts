import type { Db } from '../../store/db/database.ts';
import { findPackageDocument, writePackageDocument } from '../../store/tables/package-documents.ts';
import {
  deleteOlderRepositoryDocuments,
  findPackageRepositoryById,
  findRepositoryDocument,
  type PackageRepositoryRow,
  writeRepositoryDocument,
} from '../../store/tables/package-repositories.ts';
import { findPackageById, type PackageRow } from '../../store/tables/packages.ts';
import { type PackageContents, readContents, type WantedFiles } from './contents.ts';
import type { DocumentSource } from './document-store.ts';
import type { DocumentMakers, RepositoryDocumentMaker, Texts } from './package-behaviour.ts';
import { readRepository } from './repository-contents.ts';

/** The documents of a package as a whole. */
export const packageSource = (
  db: Db,
  found: PackageRow,
  make: NonNullable<DocumentMakers['package']>,
  base: string,
): DocumentSource => ofPackage(db, found, { key: '', base, make: (contents) => make([contents], base) });

/** The documents of one version, under their kinds with the version appended: `snapshot:1.0-SNAPSHOT`. */
export const versionSource = (
  db: Db,
  found: PackageRow,
  version: string,
  make: NonNullable<DocumentMakers['version']>,
  base: string,
): DocumentSource =>
  ofPackage(db, found, {
    key: ` version ${version}`,
    base,
    files: { ofVersion: version },
    make: async (contents) =>
      Object.fromEntries(
        Object.entries(await make(contents, version, base)).map(([kind, text]) => [versionKind(kind, version), text]),
      ),
  });

export const versionKind = (kind: string, version: string) => `${kind}:${version}`;

function ofPackage(
  db: Db,
  { id, revision }: PackageRow,
  source: { key: string; base: string; files?: WantedFiles; make(contents: PackageContents): Texts | Promise<Texts> },
): DocumentSource {
  return {
    key: `package ${id}${source.key}`,
    revision,
    base: source.base,
    isDated: false,
    find: async (kind) => findPackageDocument(db, id, kind),
    async make() {
      const found = await findPackageById(db, id);
      if (!found) return undefined;
      const contents = await readContents(db, found, source.files ? { files: source.files } : {});
      return { revision: found.revision, texts: await source.make(contents) };
    },
    async write(trx, documents) {
      for (const [kind, { modified_at: _, ...row }] of Object.entries(documents))
        await writePackageDocument(trx, { package_id: id, kind, ...row });
    },
  };
}

/** The documents of a repository. A kind that a rebuild no longer makes is deleted. */
export const repositorySource = (
  db: Db,
  { id, revision }: PackageRepositoryRow,
  { make, property }: RepositoryDocumentMaker,
  base: string,
): DocumentSource => ({
  key: `repository ${id}`,
  revision,
  base,
  isDated: true,
  find: async (kind) => findRepositoryDocument(db, id, kind),
  async make() {
    const found = await findPackageRepositoryById(db, id);
    if (!found) return undefined;
    return { revision: found.revision, texts: await make(readRepository(db, found, property), base) };
  },
  async write(trx, documents) {
    for (const [kind, row] of Object.entries(documents))
      await writeRepositoryDocument(trx, { repository_id: id, kind, modified_at: 0, ...row });
    const [first] = Object.values(documents);
    await deleteOlderRepositoryDocuments(trx, id, first?.revision ?? revision);
  },
});
