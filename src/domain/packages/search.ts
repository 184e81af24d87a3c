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

/**
 * Finds packages and their files by what addresses name them by.
 * @param downloads told when a file was found to be downloaded.
 */
export function createPackageSearch(db: Db, downloads: { note(versionId: number): void }) {
  return {
    /** A package of a project. @throws PosternError `not_found`. */
    async find(project: Project, { type, name, nameKey = name }: PackageAddress): Promise<Package> {
      const found = await findPackage(db, { projectId: project.id, type, nameKey });
      if (!found) throw notFound('package');
      return found;
    },

    /** The packages of this name in a namespace and all below it, the one that was changed last first. */
    below: (lineage: string, { type, name, nameKey = name }: PackageAddress): Promise<Package[]> =>
      listPackagesBelow(db, lineage, type, nameKey),

    /** The lineage of the namespace with this path. Null: there is none. */
    async lineageOf(path: string): Promise<string | null> {
      return (await findNamespaceByPath(db, pathKey(path)))?.lineage ?? null;
    },

    /**
     * The projects in a namespace and all below it that have this version of a package, the one that got it last first.
     */
    projectsWith: (lineage: string, { type, name, nameKey = name }: PackageAddress, version: string) =>
      listProjectsWithVersion(db, lineage, { type, nameKey }, version),

    /** The packages of a project, or of a namespace and all below it, whose names hold a text, by name. */
    search: (
      where: { lineage: string } | { projectId: number },
      type: string,
      text: string,
      page: { limit: number; after?: Package | undefined },
    ) => searchPackages(db, where, type, text, page),

    /** The newest file of this name, to be downloaded. @throws PosternError `not_found`. */
    async file(project: Project, address: PackageAddress, version: string, name: string): Promise<PackageFile> {
      const key = { projectId: project.id, type: address.type, nameKey: address.nameKey ?? address.name };
      const file = await findPackageFileByNames(db, key, version, name);
      if (!file) throw notFound('package file');
      downloads.note(file.version_id);
      return file;
    },

    /** All files of a version that have this name, the newest first: to be looked at, not downloaded. */
    filesNamed: ({ id }: Project, { type, name, nameKey = name }: PackageAddress, version: string, file: string) =>
      listPackageFilesByNames(db, { projectId: id, type, nameKey }, version, file),

    /**
     * The files of this name and digest, in a project or in a namespace and all below it, each with its project.
     * @param file `child` is the name of a file that belongs to it, which is wanted in its place.
     */
    filesByDigest: (
      where: { lineage: string } | { projectId: number },
      type: string,
      file: { sha256: string; name: string; child?: string },
    ) => findPackageFilesByDigest(db, where, type, file),
  };
}
