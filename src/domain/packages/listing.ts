import { notFound } from '../../lib/errors.ts';
import type { VisibilityFilter } from '../../store/tables/conditions.ts';
import { listWithdrawals, type Withdrawal } from '../../store/tables/indexed-properties.ts';
import { findPackageFileById } from '../../store/tables/package-files.ts';
import {
  findFileOfProject,
  findListedVersion,
  findVersionMetadata,
  type ListedVersionRow,
  listOtherVersions,
  listPackageFiles,
  listPackages,
  listPropertiesOf,
  type PackageFilter,
  type PackageOrder,
} from '../../store/tables/package-listing.ts';
import { readPackageProperties } from '../../store/tables/package-properties.ts';
import type { Page, PageRequest } from '../../store/tables/page.ts';
import type { Deps } from '../deps.ts';
import { ROLES } from '../members/roles.ts';
import type { Project } from '../projects/projects.ts';
import type { PackageFile } from './address.ts';
import type { PackageTypes } from './package-behaviour.ts';

export type { Withdrawal } from '../../store/tables/indexed-properties.ts';
export type { PackageFilter, PackageOrder } from '../../store/tables/package-listing.ts';

/** A version of a package, with the tags that point to it: the REST API calls this a package. */
export interface ListedPackage extends ListedVersionRow {
  tags: string[];
  /** How its publisher marked it as one that should not be used; null: it is not marked. */
  withdrawal: Withdrawal | null;
}

/** A group: the packages of its projects are listed, where the filter allows the viewer to read packages. */
export interface GroupPlace {
  group: { id: number; lineage: string };
  visibilityFilter: VisibilityFilter;
  /** Leave out the projects of subgroups. */
  directly: boolean;
}

/** The most other versions of a package: that list has no pages. */
const MAX_OTHERS = 1000;

/** Packages of all types as lists show them: a row for each version. */
export function createPackageListing({ db }: Pick<Deps, 'db'>, types: PackageTypes) {
  /** The tags of packages whose types have some, by the id of the package and the version. */
  const tagsOf = async (rows: readonly ListedVersionRow[]): Promise<Map<string, string[]>> => {
    const tags = new Map<string, string[]>();
    for (const [prefix, some] of Map.groupBy(rows, ({ type }) => types(type).tagPrefix)) {
      if (prefix === undefined) continue;
      const ids = [...new Set(some.map(({ package_id }) => package_id))];
      for (const { package_id, name, value } of await listPropertiesOf(db, ids, prefix)) {
        const key = `${package_id} ${value}`;
        tags.set(key, [...(tags.get(key) ?? []), name.slice(prefix.length)]);
      }
    }
    return tags;
  };

  const withMarks = async (rows: readonly ListedVersionRow[]): Promise<ListedPackage[]> => {
    const tags = await tagsOf(rows);
    const markable = rows.filter(({ type }) => types(type).withdrawal !== undefined).map(({ id }) => id);
    const withdrawals = await listWithdrawals(db, markable);
    return rows.map((row) => ({
      ...row,
      tags: tags.get(`${row.package_id} ${row.version}`) ?? [],
      withdrawal: withdrawals.get(row.id) ?? null,
    }));
  };

  return {
    async list(
      place: Project | GroupPlace,
      filter: PackageFilter,
      order: PackageOrder,
      page: PageRequest,
    ): Promise<Page<ListedPackage>> {
      const found = await listPackages(db, placeOf(place), filter, order, page);
      return { ...found, items: await withMarks(found.items) };
    },

    /** @throws PosternError `not_found` when the project has no package version with this id. */
    async get({ id: projectId }: Project, id: number): Promise<ListedPackage> {
      const row = await findListedVersion(db, projectId, id);
      const [listed] = row ? await withMarks([row]) : [];
      if (!listed) throw notFound('package version');
      return listed;
    },

    /** The other versions of the same package, the newest first. */
    others: async (listed: ListedPackage): Promise<ListedPackage[]> =>
      withMarks(await listOtherVersions(db, listed, MAX_OTHERS)),

    /** The metadata of a version and the properties of its package. */
    async said({ id, package_id }: ListedPackage) {
      const [metadata, properties] = await Promise.all([
        findVersionMetadata(db, id),
        readPackageProperties(db, package_id),
      ]);
      return { metadata: JSON.parse(metadata ?? '{}') as Record<string, unknown>, properties };
    },

    /** Why a version should not be used; empty when its publisher gave no reason, or when it is not marked. */
    async withdrawalReason({ id, withdrawal }: ListedPackage): Promise<string> {
      if (withdrawal === null) return '';
      const metadata = JSON.parse((await findVersionMetadata(db, id)) ?? '{}') as Record<string, unknown>;
      const reason = metadata[withdrawal];
      return typeof reason === 'string' ? reason : '';
    },

    files: ({ id }: ListedPackage, page: PageRequest): Promise<Page<PackageFile>> => listPackageFiles(db, id, page),

    /** @throws PosternError `not_found` when no package of the project has a file with this id. */
    async fileOf({ id: projectId }: Project, id: number): Promise<PackageFile> {
      const file = await findFileOfProject(db, projectId, id);
      if (!file) throw notFound('package file');
      return file;
    },

    /** @throws PosternError `not_found` when the version has no file with this id. */
    async file({ id: versionId }: ListedPackage, id: number): Promise<PackageFile> {
      const file = await findPackageFileById(db, versionId, id);
      if (!file) throw notFound('package file');
      return file;
    },
  };
}

function placeOf(place: Project | GroupPlace) {
  if (!('group' in place)) return { projectId: place.id };
  const { group, visibilityFilter, directly } = place;
  const seen = { visibilityFilter, leastLevel: ROLES.reporter };
  return directly ? { ...seen, namespaceId: group.id } : { ...seen, lineage: group.lineage };
}
