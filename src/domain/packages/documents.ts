import { notFound } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { findPackageRepository, type PackageRepositoryRow } from '../../store/tables/package-repositories.ts';
import type { PackageRow, PackageVersionRow } from '../../store/tables/packages.ts';
import type { Deps } from '../deps.ts';
import { contentsOfNew, type WrittenContents } from './contents.ts';
import { packageSource, repositorySource, versionKind, versionSource } from './document-sources.ts';
import { createDocumentStore, type PackageDocument } from './document-store.ts';
import { createMergedDocuments } from './merged-documents.ts';
import type { PackageTypes } from './package-behaviour.ts';

/**
 * Up to so many characters of metadata and properties the first documents are made within the transaction of the
 * publication.
 */
const SMALL = 32 * 1024;

/** The documents that a change makes stale. */
export interface Changed {
  /** Null: the package was deleted, or its documents are up to date. */
  package: PackageRow | null;
  repositories: readonly PackageRepositoryRow[];
}

export type PackageDocuments = ReturnType<typeof createPackageDocuments>;

/**
 * The documents of packages and of repositories, by the makers of their types.
 * @param baseUrl the public URL; it can change, with port 0 until the server listens.
 */
export function createPackageDocuments(
  deps: Pick<Deps, 'db' | 'blobs' | 'clock' | 'report'>,
  types: PackageTypes,
  baseUrl: () => string,
) {
  const { db } = deps;
  const store = createDocumentStore(deps);
  const makersOf = (type: string) => types(type).documents ?? {};
  const makerOf = (type: string) => {
    const { package: make } = makersOf(type);
    if (!make) throw new Error(`packages of the type ${type} have no documents`);
    return make;
  };
  const merged = createMergedDocuments({ db });

  return {
    /**
     * Writes the first documents of a package in the transaction that creates it, if they are small and their maker is
     * loaded: whatever takes longer would hold up all other writers.
     * @returns whether they were written.
     */
    async writeFirst(
      trx: Db,
      found: PackageRow,
      version: PackageVersionRow,
      written: WrittenContents,
    ): Promise<boolean> {
      const { package: make } = makersOf(found.type);
      const values = [version.metadata, ...Object.values(written.properties)];
      if (!make || values.reduce((sum, { length }) => sum + length, 0) > SMALL) return false;
      const base = baseUrl();
      const texts = make([contentsOfNew(found, version, written)], base);
      if (texts instanceof Promise) {
        // Its maker is being loaded: the documents are made after the transaction, and that reports a failure.
        texts.catch(() => {});
        return false;
      }
      await store.writeFirst(trx, packageSource(db, found, make, base), texts);
      return true;
    },

    /**
     * Rebuilds the documents that a change makes stale, in the background. To be called after the transaction.
     * Documents of a single version are rebuilt when they are read.
     */
    refresh({ package: found, repositories }: Changed): void {
      const base = baseUrl();
      const make = found && makersOf(found.type).package;
      if (make) store.refresh(packageSource(db, found, make, base));
      for (const each of repositories) {
        const { repository } = makersOf(each.type);
        if (repository) store.refresh(repositorySource(db, each, repository, base));
      }
    },

    settled: store.settled,

    /**
     * A document of all packages of a name that were found: the one that changed last comes first. The document of
     * several packages has no date: when one of them is deleted or hidden, the date of the others may be older.
     */
    async read([first, ...others]: readonly [PackageRow, ...PackageRow[]], kind: string): Promise<PackageDocument> {
      const make = makerOf(first.type);
      const base = baseUrl();
      if (others.length > 0) return merged([first, ...others], kind, { make, base });
      return { ...(await store.read(packageSource(db, first, make, base), kind)), modifiedAt: first.updated_at };
    },

    /** A document of one version. @throws PosternError `not_found`. */
    async readOfVersion(found: PackageRow, version: string, kind: string): Promise<PackageDocument> {
      const { version: make } = makersOf(found.type);
      if (!make) throw new Error(`versions of the type ${found.type} have no documents`);
      const source = versionSource(db, found, version, make, baseUrl());
      return { ...(await store.read(source, versionKind(kind, version))), modifiedAt: found.updated_at };
    },

    /** A document of a repository. @throws PosternError `not_found` when nothing was ever published to it. */
    async readOfRepository(
      { type, projectId, key = '' }: { type: string; projectId: number; key?: string },
      kind: string,
    ): Promise<PackageDocument> {
      const { repository } = makersOf(type);
      if (!repository) throw new Error(`repositories of the type ${type} have no documents`);
      const found = await findPackageRepository(db, projectId, type, key);
      if (!found) throw notFound('package repository');
      return store.read(repositorySource(db, found, repository, baseUrl()), kind);
    },
  };
}
