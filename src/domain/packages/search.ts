import { notFound } from '../../lib/errors.ts';
import type { Db } from '../../store/db/database.ts';
import { findNamespaceByPath } from '../../store/tables/namespaces.ts';
import {
  findPackageFileByNames,
  findPackageFilesByDigest,
  listPackageFilesByNames,
} from '../../store/tables/package-files.ts';
import {
  findPackage,
  listPackagesBelow,
  listProjectsWithVersion,
  searchPackages,
} from '../../store/tables/packages.ts';
import { pathKey } from '../../store/tables/routes.ts';
import type { Project } from '../projects/projects.ts';
import type { Package, PackageAddress, PackageFile } from './address.ts';
import { nameKeyOf, type PackageTypes } from './package-behaviour.ts';

/**
 * Finds packages and their files by the names in addresses.
 * @param downloads is notified of each file that is found for a download.
 */
export function createPackageSearch(db: Db, types: PackageTypes, downloads: { note(versionId: number): void }) {
  const keyIn = (projectId: number, address: PackageAddress) => ({
    projectId,
    type: address.type,
    nameKey: nameKeyOf(types, address),
  });

  return {
    /** A package of a project. @throws PosternError `not_found`. */
    async find(project: Project, address: PackageAddress): Promise<Package> {
      const found = await findPackage(db, keyIn(project.id, address));
      if (!found) throw notFound('package');
      return found;
    },

    /** The packages of this name in a namespace and all below it, the one that changed last first. */
    below: (lineage: string, address: PackageAddress): Promise<Package[]> =>
      listPackagesBelow(db, lineage, address.type, nameKeyOf(types, address)),

    /** The lineage of the namespace with this path. Null: there is none. */
    async lineageOf(path: string): Promise<string | null> {
      return (await findNamespaceByPath(db, pathKey(path)))?.lineage ?? null;
    },

    /**
     * The projects in a namespace and all below it that have this version of a package, the one that got it last first.
     */
    projectsWith: (lineage: string, address: PackageAddress, version: string) =>
      listProjectsWithVersion(db, lineage, { type: address.type, nameKey: nameKeyOf(types, address) }, version),

    /** The packages of a project, or of a namespace and all below it, whose names contain a text, ordered by name. */
    search: (
      where: { lineage: string } | { projectId: number },
      type: string,
      text: string,
      page: { limit: number; after?: Package | undefined },
    ) => searchPackages(db, where, type, text, page),

    /** The newest file of this name, for a download. @throws PosternError `not_found`. */
    async file(project: Project, address: PackageAddress, version: string, name: string): Promise<PackageFile> {
      const file = await findPackageFileByNames(db, keyIn(project.id, address), version, name);
      if (!file) throw notFound('package file');
      downloads.note(file.version_id);
      return file;
    },

    /** All files of a version that have this name, the newest first. Not counted as a download. */
    filesNamed: ({ id }: Project, address: PackageAddress, version: string, file: string) =>
      listPackageFilesByNames(db, keyIn(id, address), version, file),

    /**
     * The files of this name and digest, in a project or in a namespace and all below it, each with its project.
     * @param file with `child`, the name of a file that belongs to it, that child is returned instead.
     */
    filesByDigest: (
      where: { lineage: string } | { projectId: number },
      type: string,
      file: { sha256: string; name: string; child?: string },
    ) => findPackageFilesByDigest(db, where, type, file),
  };
}
