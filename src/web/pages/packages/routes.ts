import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { ListedPackage } from '../../../domain/packages/listing.ts';
import { fileReply } from '../../../http/replies/file-reply.ts';
import type { Route } from '../../../http/route.ts';
import type { SetupTarget } from '../../../http/setup.ts';
import { defined } from '../../../lib/defined.ts';
import { notFound, PosternError } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { formRow, pageRow, redirect, type Visit, type Web } from '../../page.ts';
import { FULL_PATH, projectPath } from '../../paths.ts';
import { numberIn, readListQuery } from '../list-query.ts';
import { packagesPage } from './packages-page.tsx';

const PER_PAGE = 20;
const FILES_PER_PAGE = 100;

type InProject = Visit<ProjectFacts>;

/** The packages of projects and groups. */
export function packagePageRoutes(web: Web): Route[] {
  const project = { on: 'project', by: 'path', param: 'path' } as const;
  const read = { ...project, permission: 'read_package' } as const;
  const group = { on: 'group', by: 'path', param: 'path', permission: 'read_package' } as const;
  const remove = { ...project, permission: 'destroy_package' } as const;
  const packages = `/${FULL_PATH}/-/packages`;
  const one = `${packages}/:package_id{\\d+}`;
  return [
    pageRow(web, `/groups/${FULL_PATH}/-/packages`, group, (visit) => listPackages(web, visit)),
    pageRow(web, packages, read, (visit) => listPackages(web, visit)),
    pageRow(web, one, read, (visit) => showPackage(web, visit)),
    pageRow(web, `/${FULL_PATH}/-/package_files/:file_id{\\d+}/download`, read, (visit) => download(web, visit)),
    formRow(web, `${one}/delete`, remove, (visit) => deleteVersion(web, visit)),
    formRow(web, `${one}/package_files/:file_id{\\d+}/delete`, remove, (visit) => deleteFile(web, visit)),
  ];
}

/** The page contains no token; these placeholders are shown instead. */
function targetOf({ links }: Web, { project }: ProjectFacts): SetupTarget {
  const groupId = project.namespace_kind === 'group' ? project.namespace_id : null;
  return { base: links.base(), projectId: project.id, groupId, username: 'DEPLOY_USER', token: 'DEPLOY_TOKEN' };
}

async function listPackages(web: Web, visit: Visit<ProjectFacts | GroupFacts>) {
  const { services, packageKinds: kinds } = web;
  const { facts, query, visibilityFilter } = visit;
  const columns = ['created_at', 'name', 'version', 'type', 'project_path'] as const;
  const { search, order } = readListQuery(query, columns, { by: 'created_at', direction: 'desc' });
  const type = kinds.find((kind) => kind.type === query.get('type'))?.type ?? null;
  const filter = {
    status: 'default' as const,
    ...defined({ name: search || undefined }),
    ...defined({ type: type ?? undefined }),
  };
  const place = facts.on === 'project' ? facts.project : { group: facts.group, visibilityFilter, directly: false };
  const packages = await listPage(query, PER_PAGE, (page) =>
    services.packages.listing.list(place, filter, order, page),
  );
  const creators = await services.users.namesOf(packages.items.flatMap(({ creator_id: id }) => id ?? []));
  const setups =
    facts.on === 'project'
      ? kinds.map((kind) => ({ title: kind.title, snippets: kind.setup(targetOf(web, facts)) }))
      : [];
  const deleted = facts.on === 'project' && (await isGone(web, facts, query.get('deleted')));
  return packagesPage(visit, { packages, kinds, type, search, order, creators, deleted, setups });
}

/** Whether what an address says was deleted is not there. */
async function isGone({ services }: Web, { project }: ProjectFacts, text: string | null): Promise<boolean> {
  const id = numberIn(text ?? undefined);
  if (id === null) return false;
  try {
    await services.packages.listing.get(project, id);
    return false;
  } catch (error) {
    if (error instanceof PosternError && error.kind === 'not_found') return true;
    throw error;
  }
}

function find({ services }: Web, { facts, params }: InProject): Promise<ListedPackage> {
  const id = numberIn(params['package_id']);
  if (id === null) throw notFound('package');
  return services.packages.listing.get(facts.project, id);
}

async function showPackage(web: Web, visit: InProject) {
  const { listing } = web.services.packages;
  const found = await find(web, visit);
  const kind = web.packageKinds.find(({ type }) => type === found.type);
  const [files, others, names, said, reason] = await Promise.all([
    listPage(visit.query, FILES_PER_PAGE, (page) => listing.files(found, page)),
    listing.others(found),
    web.services.users.namesOf(found.creator_id === null ? [] : [found.creator_id]),
    listing.said(found),
    listing.withdrawalReason(found),
  ]);
  const file = files.items[0]?.name ?? null;
  const { name, version, creator_id: id } = found;
  const install = kind?.install(targetOf(web, visit.facts), { name, version, file }) ?? [];
  const creator = id === null ? 'a deploy token' : (names.get(id) ?? 'someone');
  const about = kind?.about?.(said) ?? null;
  const { packagePage } = await import('./package-page.tsx');
  const title = kind?.title ?? found.type;
  return packagePage(visit, { found, title, creator, reason, files, others, install, about });
}

/** A browser saves the file and never displays it: the publisher could have written a fake page of ours. */
async function download({ services: { packages } }: Web, { facts, params, context }: InProject): Promise<Response> {
  const id = numberIn(params['file_id']);
  if (id === null) throw notFound('package file');
  const file = await packages.listing.fileOf(facts.project, id);
  packages.downloads.note(file.version_id);
  context.disableIdleTimeout();
  const { sha256, created_at: modifiedAt, name } = file;
  const filename = name.slice(name.lastIndexOf('/') + 1);
  const reply = await fileReply(context.request, await packages.open(file), { sha256, modifiedAt, filename });
  reply.headers.set('Content-Security-Policy', "sandbox; default-src 'none'");
  reply.headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  return reply;
}

async function deleteVersion(web: Web, visit: InProject): Promise<Response> {
  const { project } = visit.facts;
  const { id, package_id, version } = await find(web, visit);
  await web.services.packages.change.destroyVersions(
    project,
    { id: package_id },
    { versions: [version] },
    visit.context,
  );
  return redirect(projectPath(project.full_path, `/-/packages?deleted=${id}`));
}

async function deleteFile(web: Web, visit: InProject): Promise<Response> {
  const { project } = visit.facts;
  const { id: versionId, package_id } = await find(web, visit);
  const fileId = numberIn(visit.params['file_id']) ?? 0;
  await web.services.packages.change.destroyFile(project, package_id, { versionId, fileId }, visit.context);
  const gone = await isGone(web, visit.facts, String(versionId));
  return redirect(
    projectPath(project.full_path, gone ? `/-/packages?deleted=${versionId}` : `/-/packages/${versionId}`),
  );
}
