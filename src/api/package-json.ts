import { z } from 'zod';
import type { PackageFile } from '../domain/packages/address.ts';
import type { ListedPackage, PackageFilter } from '../domain/packages/listing.ts';
import type { Links } from '../http/links.ts';
import { defined } from '../lib/defined.ts';
import { formatInstant } from '../lib/instant.ts';
import { PACKAGE_TYPE_NAMES } from './package-types.ts';
import { Flag, Moment, PageQuery } from './schemas.ts';

const STATUSES = ['default', 'hidden', 'processing', 'error', 'pending_destruction', 'deprecated', 'yanked'] as const;

export const PackageListQuery = PageQuery.extend({
  order_by: z.enum(['created_at', 'name', 'version', 'type']).default('created_at'),
  sort: z.enum(['asc', 'desc']).default('asc'),
  package_type: z.enum(PACKAGE_TYPE_NAMES).optional(),
  package_name: z.string().max(255).optional().describe('Part of the name'),
  package_version: z.string().max(255).optional().describe('Exact version'),
  status: z
    .enum(STATUSES)
    .optional()
    .describe('Status of the versions; `hidden` versions are omitted by default, `deprecated` and `yanked` are listed'),
  include_versionless: Flag.optional().describe('No effect: every package has a version'),
});

export const GroupPackagesQuery = PackageListQuery.extend({
  order_by: z.enum(['created_at', 'name', 'version', 'type', 'project_path']).default('created_at'),
  exclude_subgroups: Flag.default(false).describe('Omit the packages of subgroups'),
});

/** The filter of a query. A status that no package here ever has is searched for as it is, and finds none. */
export const packageFilterOf = (query: Omit<z.output<typeof PackageListQuery>, 'order_by'>): PackageFilter => ({
  ...statusFilter(query.status),
  ...defined({ type: query.package_type, name: query.package_name, version: query.package_version }),
});

function statusFilter(status: (typeof STATUSES)[number] | undefined): PackageFilter {
  if (status === undefined) return { status: 'default' };
  if (status === 'deprecated' || status === 'yanked') return { status: 'default', withdrawal: status };
  if (status === 'default') return { status, withdrawal: 'none' };
  return { status: status as NonNullable<PackageFilter['status']> };
}

export const ShownPipeline = z.looseObject({}).meta({ id: 'PackagePipeline' });
const Pipelines = z.array(ShownPipeline).describe('Always empty');
const Tags = z.array(z.object({ package_id: z.int(), name: z.string() })).describe('Dist-tags of this version');

export const ShownPackage = z
  .object({
    id: z.int(),
    name: z.string(),
    version: z.string(),
    package_type: z.string(),
    status: z.string().describe('`deprecated` and `yanked`: the publisher advises against this version'),
    _links: z.object({
      web_path: z.string(),
      delete_api_path: z.string().optional().describe('Only for callers who may delete it'),
    }),
    created_at: Moment,
    last_downloaded_at: Moment.nullable().describe('Delayed by up to one minute'),
    creator_id: z.int().nullable().describe('The user who published the version; null for a deploy token'),
    project_id: z.int(),
    project_path: z.string(),
    tags: Tags,
    pipelines: Pipelines,
  })
  .meta({ id: 'Package' });

const ShownVersion = z.object({
  id: z.int(),
  version: z.string(),
  created_at: Moment,
  tags: Tags,
  pipelines: Pipelines,
});

export const ShownPackageInFull = ShownPackage.extend({
  status_reason: z.string().nullable().describe('Why the version is `deprecated` or `yanked`, by its publisher'),
  versions: z.array(ShownVersion).describe('Other versions of the package, newest first'),
}).meta({ id: 'PackageInFull' });

export const ShownFile = z
  .object({
    id: z.int(),
    package_id: z.int(),
    created_at: Moment,
    file_name: z.string(),
    size: z.int(),
    file_md5: z.string().nullable(),
    file_sha1: z.string().nullable(),
    file_sha256: z.string(),
    pipelines: Pipelines,
  })
  .meta({ id: 'PackageFile' });

const showTags = ({ id, tags }: ListedPackage) => tags.map((name) => ({ package_id: id, name }));

export function packagePresenter(links: Links) {
  const show =
    (mayDelete: boolean) =>
    (found: ListedPackage): z.output<typeof ShownPackage> => ({
      id: found.id,
      name: found.name,
      version: found.version,
      package_type: found.type,
      status: found.status === 'default' ? (found.withdrawal ?? found.status) : found.status,
      _links: {
        web_path: `/${found.project_path}/-/packages/${found.id}`,
        ...(mayDelete
          ? { delete_api_path: `${links.base()}/api/v4/projects/${found.project_id}/packages/${found.id}` }
          : {}),
      },
      created_at: formatInstant(found.created_at),
      last_downloaded_at: formatInstant(found.last_downloaded_at),
      creator_id: found.creator_id,
      project_id: found.project_id,
      project_path: found.project_path,
      tags: showTags(found),
      pipelines: [],
    });

  const showInFull =
    (mayDelete: boolean, others: readonly ListedPackage[], reason: string) =>
    (found: ListedPackage): z.output<typeof ShownPackageInFull> => ({
      ...show(mayDelete)(found),
      status_reason: reason === '' ? null : reason,
      versions: others.map((other) => ({
        id: other.id,
        version: other.version,
        created_at: formatInstant(other.created_at),
        tags: showTags(other),
        pipelines: [],
      })),
    });

  return { show, showInFull };
}

export const showFile = (file: PackageFile): z.output<typeof ShownFile> => ({
  id: file.id,
  package_id: file.version_id,
  created_at: formatInstant(file.created_at),
  file_name: file.name,
  size: file.size,
  file_md5: file.md5,
  file_sha1: file.sha1,
  file_sha256: file.sha256,
  pipelines: [],
});
