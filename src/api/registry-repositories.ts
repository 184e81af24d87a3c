import { z } from 'zod';
import type { GroupFacts, InstanceFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { ImageRepository } from '../domain/images/repositories.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { defined } from '../lib/defined.ts';
import { notFound } from '../lib/errors.ts';
import type { ApiRoute } from './api-route.ts';
import { idParameter, readQuery } from './parameters.ts';
import { type Extras, registryPresenter, ShownRepository } from './registry-json.ts';
import { accepted, pageOf, paginated } from './reply.ts';
import { Flag, PageQuery } from './schemas.ts';
import { visibilityFilterOf } from './visibility-filter.ts';

/** So many tags of an image are shown with it; its own list has all of them, in pages. */
const MAX_TAGS = 1000;

const Wanted = {
  tags: Flag.default(false).describe(`Include the first ${MAX_TAGS} tags of each image`),
  tags_count: Flag.default(false).describe('Include the number of tags'),
};
const ListQuery = PageQuery.extend(Wanted);
const GetQuery = z.object({ ...Wanted, size: Flag.default(false).describe('Include the size') });

/** Images of the container registry as things with a number. */
function createHandlers(services: Services, links: Links, now: () => number) {
  const { repositories } = services.images;
  const { showRepository } = registryPresenter(links);

  const extrasOf = async ({ id }: ImageRepository, query: z.output<typeof GetQuery>): Promise<Extras> => ({
    count: query.tags_count,
    ...defined({
      tags: query.tags ? await repositories.tagNames(id, MAX_TAGS) : undefined,
      size: query.size ? ((await repositories.bytes([id])).get(id) ?? 0) : undefined,
    }),
  });

  const list = async (context: RequestContext<ProjectFacts>) => {
    const query = readQuery(context, ListQuery);
    const page = await repositories.list(context.facts.project, pageOf(query));
    const extras = new Map<ImageRepository, Extras>();
    for (const image of page.items) extras.set(image, await extrasOf(image, { ...query, size: false }));
    return paginated(context, links, page, (image) => showRepository(image, extras.get(image) ?? {}));
  };

  const listInGroup = async (context: RequestContext<GroupFacts>) => {
    const page = pageOf(readQuery(context, PageQuery));
    const found = await repositories.below(context.facts.lineage, visibilityFilterOf(context, now()), page);
    return paginated(context, links, found, (image) => showRepository(image, {}));
  };

  const get = async (context: RequestContext<InstanceFacts>) => {
    const query = readQuery(context, GetQuery);
    const image = await repositories.find(idParameter(context, 'repository_id'));
    if (!image) throw notFound('image');
    const project = await services.access.project(image.project_id, context.userId);
    const decision = context.permitOn(project, 'read_container_image');
    // A number tells nobody whether there is anything of that number that they cannot see.
    if (!decision.allow && !decision.visible) throw notFound('image');
    context.requireOn(project, 'read_container_image');
    return json(showRepository(image, await extrasOf(image, query)));
  };

  const destroy = async (context: RequestContext<ProjectFacts>) => {
    const image = await findRepository(services, context);
    await repositories.destroy(context.facts.project, image, context);
    return accepted();
  };

  return { list, listInGroup, get, destroy };
}

export function registryRepositoryRoutes(services: Services, links: Links, now: () => number): ApiRoute[] {
  const { list, listInGroup, get, destroy } = createHandlers(services, links, now);
  return [
    {
      method: 'GET',
      path: '/api/v4/projects/:id/registry/repositories',
      access: { ...PROJECT, permission: 'read_container_image' },
      handler: list,
      doc: { ...TAG, summary: 'List the images of a project', query: ListQuery, reply: LISTED },
    },
    {
      method: 'GET',
      path: '/api/v4/groups/:id/registry/repositories',
      access: { on: 'group', by: 'id', param: 'id', permission: 'read_container_image' },
      handler: listInGroup,
      doc: {
        ...TAG,
        summary: 'List the images of a group',
        description: 'Includes all projects of the group and its subgroups from which the caller may pull.',
        query: PageQuery,
        reply: LISTED,
      },
    },
    {
      method: 'GET',
      path: '/api/v4/registry/repositories/:repository_id',
      access: { on: 'instance', permission: 'use_registry' },
      handler: get,
      doc: {
        ...TAG,
        summary: 'Get an image',
        params: REPOSITORY_ID,
        query: GetQuery,
        reply: { status: 200, schema: ShownRepository },
      },
    },
    {
      method: 'DELETE',
      path: '/api/v4/projects/:id/registry/repositories/:repository_id',
      access: { ...PROJECT, permission: 'admin_container_image' },
      handler: destroy,
      doc: {
        ...TAG,
        summary: 'Delete an image with all its tags',
        params: REPOSITORY_ID,
        reply: { status: 202, schema: z.object({ message: z.string() }) },
      },
    },
  ];
}

export const PROJECT = { on: 'project', by: 'id', param: 'id' } as const;
export const TAG = { tag: 'Container registry' } as const;
const LISTED = { status: 200, schema: z.array(ShownRepository), paged: true } as const;
export const REPOSITORY_ID = z.object({ repository_id: z.int().describe('ID of the image') });

/** The image that a path names by its number, if it is the project's. @throws PosternError not_found. */
export async function findRepository(
  { images }: Services,
  context: RequestContext<ProjectFacts>,
): Promise<ImageRepository> {
  const image = await images.repositories.find(idParameter(context, 'repository_id'));
  if (image?.project_id !== context.facts.project.id) throw notFound('image');
  return image;
}
