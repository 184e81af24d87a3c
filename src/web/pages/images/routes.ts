import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import { parseDigest } from '../../../domain/images/digest.ts';
import { isTag } from '../../../domain/images/names.ts';
import type { ImageRepository } from '../../../domain/images/repositories.ts';
import type { Route } from '../../../http/route.ts';
import { defined } from '../../../lib/defined.ts';
import { notFound } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { formRow, type Page, pageRow, redirect, type Visit, type Web } from '../../page.ts';
import { FULL_PATH, projectPath } from '../../paths.ts';
import { numberIn, readListQuery } from '../list-query.ts';
import { imagePage } from './image-page.tsx';
import { imagesPage } from './images-page.tsx';
import { manifestPage } from './tag-page.tsx';
import { untaggedPage } from './untagged-page.tsx';

const PER_PAGE = 20;

type InProject = Visit<ProjectFacts>;

/** The images of projects and groups. */
export function imageRoutes(web: Web): Route[] {
  const project = { on: 'project', by: 'path', param: 'path' } as const;
  const read = { ...project, permission: 'read_container_image' } as const;
  const remove = { ...project, permission: 'destroy_container_image' } as const;
  const group = { on: 'group', by: 'path', param: 'path', permission: 'read_container_image' } as const;
  const images = `/${FULL_PATH}/container_registry`;
  const image = `${images}/:image_id{\\d+}`;
  return [
    pageRow(web, `/groups/${FULL_PATH}/-/container_registries`, group, (visit) => listImages(web, visit)),
    pageRow(web, images, read, (visit) => listImages(web, visit)),
    pageRow(web, image, read, (visit) => showImage(web, visit)),
    pageRow(web, `${image}/tags/:tag`, read, (visit) => showTag(web, visit)),
    pageRow(web, `${image}/manifests`, read, (visit) => listUntagged(web, visit)),
    pageRow(web, `${image}/manifests/:digest`, read, (visit) => showManifest(web, visit)),
    formRow(web, `${image}/delete`, { ...project, permission: 'admin_container_image' }, (visit) =>
      deleteImage(web, visit),
    ),
    formRow(web, `${image}/tags/delete_matching`, { ...project, permission: 'admin_container_image' }, (visit, form) =>
      deleteMatching(web, visit, form),
    ),
    formRow(web, `${image}/manifests/delete`, { ...project, permission: 'admin_container_image' }, (visit) =>
      deleteUnreferenced(web, visit),
    ),
    formRow(web, `${image}/tags/delete`, remove, (visit, form) => deleteTicked(web, visit, form)),
    formRow(web, `${image}/tags/:tag/delete`, remove, (visit) => deleteTag(web, visit)),
    formRow(web, `${image}/manifests/:digest/delete`, remove, (visit) => deleteManifest(web, visit)),
  ];
}

async function listImages({ services, links }: Web, visit: Visit<ProjectFacts | GroupFacts>) {
  const { repositories } = services.images;
  const { facts, query, visibilityFilter } = visit;
  const columns = ['created_at', 'name', 'pushed_at'] as const;
  const { search, order } = readListQuery(query, columns, { by: 'pushed_at', direction: 'desc' });
  const listQuery = { order, ...defined({ search: search || undefined }) };
  const images = await listPage(query, PER_PAGE, (page) =>
    facts.on === 'project'
      ? repositories.list(facts.project, page, listQuery)
      : repositories.below(facts.lineage, visibilityFilter, page, listQuery),
  );
  const bytes = await repositories.bytes(images.items.map(({ id }) => id));
  const gone = numberIn(query.get('deleted') ?? undefined);
  const deleted = gone !== null && (await repositories.find(gone)) === undefined;
  return imagesPage(visit, links, { images, bytes, search, order, deleted });
}

const addressOf = ({ facts }: InProject, { id }: ImageRepository) =>
  projectPath(facts.project.full_path, `/container_registry/${id}`);

/** The image that the address names by its number, if it is the project's. @throws PosternError not_found. */
async function findImage({ services }: Web, { facts, params }: InProject): Promise<ImageRepository> {
  const id = numberIn(params['image_id']);
  const image = id === null ? undefined : await services.images.repositories.find(id);
  if (image?.project_id !== facts.project.id) throw notFound('image');
  return image;
}

async function showImage(web: Web, visit: InProject, noneTicked = false) {
  const { images } = web.services;
  const { query } = visit;
  const image = await findImage(web, visit);
  const { search, order } = readListQuery(query, ['name', 'updated_at'] as const, {
    by: 'updated_at',
    direction: 'desc',
  });
  const listQuery = { order, ...defined({ search: search || undefined }) };
  const tags = await listPage(query, PER_PAGE, (page) => images.tags.list(image, page, listQuery));
  const looks = await images.summaries.ofTags(image, tags.items);
  const gone = query.getAll('deleted').filter(isTag).slice(0, PER_PAGE);
  const deleted = (await images.tags.named(image, gone)).length === 0 ? gone : [];
  const untagged = await images.untagged.count(image);
  const shown = { image, path: addressOf(visit, image), tags, looks, search, order, untagged };
  const removed = numberIn(query.get('removed') ?? undefined);
  return imagePage(visit, web.links, { ...shown, deleted, removed, noneTicked });
}

async function listUntagged(web: Web, visit: InProject) {
  const { untagged, unreferenced, summaries: looks } = web.services.images;
  const image = await findImage(web, visit);
  const manifests = await listPage(visit.query, PER_PAGE, (page) => untagged.list(image, page));
  const gone = parseDigest(visit.query.get('deleted') ?? '')?.text;
  const path = addressOf(visit, image);
  const deleted = gone !== undefined && !(await untagged.has(image, gone)) ? gone : null;
  const { untaggedDays } = await web.services.projects.cleanupPolicy(visit.facts.project);
  return untaggedPage(visit, {
    image,
    path,
    manifests,
    looks: await looks.ofTags(image, manifests.items),
    deleted,
    unreferenced: await unreferenced.count(image),
    removed: numberIn(visit.query.get('removed') ?? undefined),
    days: untaggedDays ?? unreferenced.defaultDays,
  });
}

async function showManifest(web: Web, visit: InProject) {
  const { untagged, summaries: looks } = web.services.images;
  const image = await findImage(web, visit);
  const found = await untagged.get(image, visit.params['digest'] ?? '');
  const manifest = { ...found, at: found.created_at };
  const look = await looks.of(image, found);
  return manifestPage(visit, web.links, { image, path: addressOf(visit, image), manifest, look, tag: null });
}

async function showTag(web: Web, visit: InProject) {
  const { images } = web.services;
  const image = await findImage(web, visit);
  const tag = await images.tags.get(image, visit.params['tag'] ?? '');
  const [look, found] = await Promise.all([images.summaries.of(image, tag), images.untagged.get(image, tag.digest)]);
  const manifest = { ...found, at: tag.updated_at };
  return manifestPage(visit, web.links, { image, path: addressOf(visit, image), manifest, look, tag: tag.name });
}

async function deleteTag(web: Web, visit: InProject): Promise<Response> {
  const image = await findImage(web, visit);
  const tag = visit.params['tag'] ?? '';
  await web.services.images.tags.destroy(visit.facts.project, image, tag, visit.context);
  return redirect(`${addressOf(visit, image)}?deleted=${encodeURIComponent(tag)}`);
}

/**
 * The selected tags of a list page, at most one page of them. Those that are gone already are no
 * mistake.
 */
async function deleteTicked(web: Web, visit: InProject, form: URLSearchParams): Promise<Page | Response> {
  const image = await findImage(web, visit);
  const path = addressOf(visit, image);
  const names = form.getAll('tag').filter(isTag).slice(0, PER_PAGE);
  if (names.length === 0) return { ...(await showImage(web, visit, true)), status: 422, place: path };
  await web.services.images.tags.destroyNamed(visit.facts.project, image, names, visit.context);
  return redirect(`${path}?${new URLSearchParams(names.map((name): [string, string] => ['deleted', name]))}`);
}

/**
 * The tags whose names contain the searched text, but for `latest`, and for those that were pushed since the page with
 * the question was shown.
 */
async function deleteMatching(web: Web, visit: InProject, form: URLSearchParams): Promise<Response> {
  const image = await findImage(web, visit);
  const search = (form.get('search') ?? '').trim().toLowerCase();
  const shownAt = numberIn(form.get('shown_at') ?? undefined) ?? 0;
  const selection = {
    matches: (tag: string) => search !== '' && tag.toLowerCase().includes(search),
    keep: () => false,
    keepNewest: 0,
    olderThan: Math.max(0, visit.now - shownAt),
  };
  const { tags } = web.services.images;
  const count = await tags.destroySelected(visit.facts.project, image, selection, visit.context);
  return redirect(`${addressOf(visit, image)}?removed=${count}`);
}

/** All manifests of the image that nothing refers to. */
async function deleteUnreferenced(web: Web, visit: InProject): Promise<Response> {
  const image = await findImage(web, visit);
  const count = await web.services.images.unreferenced.destroy(visit.facts.project, image, visit.context);
  return redirect(`${addressOf(visit, image)}/manifests?removed=${count}`);
}

async function deleteManifest(web: Web, visit: InProject): Promise<Response> {
  const image = await findImage(web, visit);
  const digest = visit.params['digest'] ?? '';
  await web.services.images.untagged.remove(visit.facts.project, image, digest, visit.context);
  return redirect(`${addressOf(visit, image)}/manifests?deleted=${digest}`);
}

async function deleteImage(web: Web, visit: InProject): Promise<Response> {
  const image = await findImage(web, visit);
  const { project } = visit.facts;
  await web.services.images.repositories.destroy(project, image, visit.context);
  return redirect(projectPath(project.full_path, `/container_registry?deleted=${image.id}`));
}
