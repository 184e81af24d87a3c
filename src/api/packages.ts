import { z } from 'zod';
import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { ListedPackage } from '../domain/packages/listing.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { fileReply } from '../http/replies/file-reply.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import type { ApiRoute } from './api-route.ts';
import {
  GroupPackagesQuery,
  PackageListQuery,
  packageFilterOf,
  packagePresenter,
  ShownFile,
  ShownPackage,
  ShownPackageInFull,
  ShownPipeline,
  showFile,
} from './package-json.ts';
import { idParameter, readQuery } from './parameters.ts';
import { noContent, pageOf, paginated } from './reply.ts';
import { PageQuery } from './schemas.ts';
import { visibilityFilterOf } from './visibility-filter.ts';

type InProject = RequestContext<ProjectFacts>;

function createHandlers({ packages }: Services, links: Links, now: () => number) {
  const { listing, change } = packages;
  const { show, showInFull } = packagePresenter(links);

  const find = (context: InProject): Promise<ListedPackage> =>
    listing.get(context.facts.project, idParameter(context, 'package_id'));

  const mayDelete = (context: InProject) => context.permit('destroy_package').allow;

  const list = async (context: InProject) => {
    const query = readQuery(context, PackageListQuery);
    const order = { by: query.order_by, direction: query.sort };
    const page = await listing.list(context.facts.project, packageFilterOf(query), order, pageOf(query));
    return paginated(context, links, page, show(mayDelete(context)));
  };

  const listOfGroup = async (context: RequestContext<GroupFacts>) => {
    const query = readQuery(context, GroupPackagesQuery);
    const place = {
      group: context.facts.group,
      visibilityFilter: visibilityFilterOf(context, now()),
      directly: query.exclude_subgroups,
    };
    const order = { by: query.order_by, direction: query.sort };
    return paginated(
      context,
      links,
      await listing.list(place, packageFilterOf(query), order, pageOf(query)),
      show(false),
    );
  };

  const get = async (context: InProject) => {
    const found = await find(context);
    const others = await listing.others(found);
    const reason = await listing.withdrawalReason(found);
    return json(showInFull(mayDelete(context), others, reason)(found));
  };

  const files = async (context: InProject) => {
    const page = await listing.files(await find(context), pageOf(readQuery(context, PageQuery)));
    return paginated(context, links, page, showFile);
  };

  const download = async (context: InProject) => {
    const file = await listing.file(await find(context), idParameter(context, 'file_id'));
    packages.downloads.note(file.version_id);
    context.disableIdleTimeout();
    const { sha256, created_at: modifiedAt, name } = file;
    const filename = name.slice(name.lastIndexOf('/') + 1);
    return fileReply(context.request, await packages.open(file), { sha256, modifiedAt, filename });
  };

  const pipelines = async (context: InProject) => {
    const page = pageOf(readQuery(context, PageQuery));
    await find(context);
    return paginated(context, links, { ...page, items: [], total: 0 }, String);
  };

  const destroy = async (context: InProject) => {
    const { package_id, version } = await find(context);
    await change.destroyVersions(context.facts.project, { id: package_id }, { versions: [version] }, context);
    return noContent();
  };

  const destroyFile = async (context: InProject) => {
    const { package_id, id: versionId } = await find(context);
    const fileId = idParameter(context, 'file_id');
    await change.destroyFile(context.facts.project, package_id, { versionId, fileId }, context);
    return noContent();
  };

  return { list, listOfGroup, get, pipelines, files, download, destroy, destroyFile };
}

export function packageRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const { list, listOfGroup, get, pipelines, files, download, destroy, destroyFile } = createHandlers(
    services,
    links,
    now,
  );
  const one = '/api/v4/projects/:id/packages/:package_id{\\d+}';
  const read = { on: 'project', by: 'id', param: 'id', permission: 'read_package' } as const;
  const remove = { on: 'project', by: 'id', param: 'id', permission: 'destroy_package' } as const;
  return [
    {
      method: 'GET',
      path: '/api/v4/projects/:id/packages',
      access: read,
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the packages of a project',
        description: 'A row is one version of a package.',
        query: PackageListQuery,
        reply: { status: 200, schema: z.array(ShownPackage), paged: true },
      },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/packages',
      access: { on: 'group', by: 'id', param: 'id', permission: 'read_group' },
      handler: listOfGroup,
      doc: {
        ...TAG,
        summary: 'List the packages of a group',
        description: 'Includes all projects of the group and its subgroups whose packages the caller may read.',
        query: GroupPackagesQuery,
        reply: { status: 200, schema: z.array(ShownPackage), paged: true },
      },
    },
    {
      method: 'GET',
      path: one,
      access: read,
      handler: get,
      doc: {
        ...TAG,
        ...PACKAGE_ID,
        summary: 'Get a package',
        description: 'One version, with up to 1,000 other versions of the same package, newest first.',
        reply: { status: 200, schema: ShownPackageInFull },
      },
    },
    {
      method: 'GET',
      path: `${one}/pipelines`,
      access: read,
      handler: pipelines,
      doc: {
        ...TAG,
        ...PACKAGE_ID,
        query: PageQuery,
        summary: 'List the pipelines of a package',
        description: 'Always empty, for compatibility with GitLab.',
        reply: { status: 200, schema: z.array(ShownPipeline), paged: true },
      },
    },
    {
      method: 'GET',
      path: `${one}/package_files`,
      access: read,
      handler: files,
      doc: {
        ...TAG,
        ...PACKAGE_ID,
        query: PageQuery,
        summary: 'List the files of a package',
        reply: { status: 200, schema: z.array(ShownFile), paged: true },
      },
    },
    {
      method: 'GET',
      path: `${one}/package_files/:file_id/download`,
      access: read,
      handler: download,
      doc: { ...TAG, ...FILE_ID, summary: 'Download a file of a package', reply: { status: 200 } },
    },
    {
      method: 'DELETE',
      path: one,
      access: remove,
      handler: destroy,
      doc: {
        ...TAG,
        ...PACKAGE_ID,
        summary: 'Delete a package',
        description:
          'Deletes one version with its files. If a rule protects the name, the role of the rule is required.',
        reply: { status: 204 },
      },
    },
    {
      method: 'DELETE',
      path: `${one}/package_files/:file_id`,
      access: remove,
      handler: destroyFile,
      doc: {
        ...TAG,
        ...FILE_ID,
        summary: 'Delete a file of a package',
        description: 'Deleting the last file deletes the version.',
        reply: { status: 204 },
      },
    },
  ];
}

const TAG = { tag: 'Packages' } as const;
const packageId = z.int().describe('ID of the version');
const PACKAGE_ID = { params: z.object({ package_id: packageId }) };
const FILE_ID = { params: z.object({ package_id: packageId, file_id: z.int().describe('ID of the file') }) };
