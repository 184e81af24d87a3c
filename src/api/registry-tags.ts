import { z } from 'zod';
import type { ProjectFacts } from '../domain/access/facts.ts';
import { toTagSelection } from '../domain/images/tag-selection.ts';
import type { Services } from '../domain/services.ts';
import type { Links } from '../http/links.ts';
import { json } from '../http/replies/json.ts';
import type { RequestContext } from '../http/route.ts';
import { invalidParameter } from '../lib/errors.ts';
import type { ApiRoute } from './api-route.ts';
import { readParameters } from './body.ts';
import { parseWith, readQuery } from './parameters.ts';
import { registryPresenter, ShownTag, ShownTagInFull } from './registry-json.ts';
import { findRepository, PROJECT, REPOSITORY_ID, TAG } from './registry-repositories.ts';
import { accepted, pageOf, paginated } from './reply.ts';
import { PageQuery, whole } from './schemas.ts';

const Pattern = z.string().nullish();

const Selection = z.object({
  name_regex_delete: Pattern.describe('RE2 regular expression for whole tag names to delete; `.*` for all'),
  name_regex: Pattern.describe('Deprecated name of `name_regex_delete`'),
  name_regex_keep: Pattern.describe('RE2 regular expression for whole tag names to keep'),
  keep_n: whole(z.int().min(0)).nullish().describe('Number of most recently pushed matching tags to keep'),
  older_than: z
    .string()
    .nullish()
    .describe('Keep tags pushed more recently than this')
    .meta({ examples: ['1h', '7d', '1month'] }),
});

/** The tags of an image. */
function createHandlers(services: Services, links: Links) {
  const { tags } = services.images;
  const { showTag, showTagInFull } = registryPresenter(links);

  const list = async (context: RequestContext<ProjectFacts>) => {
    const image = await findRepository(services, context);
    const page = await tags.list(image, pageOf(readQuery(context, PageQuery)));
    return paginated(context, links, page, ({ name }) => showTag(image, name));
  };

  const get = async (context: RequestContext<ProjectFacts>) => {
    const image = await findRepository(services, context);
    const tag = await tags.get(image, context.params['tag_name'] ?? '');
    return json(showTagInFull(image, tag, await tags.builtAt(image, tag)));
  };

  const destroy = async (context: RequestContext<ProjectFacts>) => {
    const image = await findRepository(services, context);
    await tags.destroy(context.facts.project, image, context.params['tag_name'] ?? '', context);
    return json({ message: '200 OK' });
  };

  const destroySelected = async (context: RequestContext<ProjectFacts>) => {
    const image = await findRepository(services, context);
    const wanted = parseWith(Selection, await readParameters(context));
    const deleting = wanted.name_regex_delete || wanted.name_regex;
    if (!deleting)
      throw invalidParameter('name_regex, name_regex_delete are missing, at least one parameter must be provided');
    const selection = await toTagSelection({
      nameRegex: deleting,
      nameRegexKeep: wanted.name_regex_keep ?? null,
      keepN: wanted.keep_n ?? null,
      olderThan: wanted.older_than ?? null,
    });
    context.note({ deleted: await tags.destroySelected(context.facts.project, image, selection, context) });
    return accepted();
  };

  return { list, destroySelected, get, destroy };
}

export function registryTagRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, destroySelected, get, destroy } = createHandlers(services, links);
  const TAGS = '/api/v4/projects/:id/registry/repositories/:repository_id/tags';
  return [
    {
      method: 'GET',
      path: TAGS,
      access: { ...PROJECT, permission: 'read_container_image' },
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the tags of an image',
        params: REPOSITORY_ID,
        query: PageQuery,
        reply: { status: 200, schema: z.array(ShownTag), paged: true },
      },
    },
    {
      method: 'DELETE',
      path: TAGS,
      access: { ...PROJECT, permission: 'admin_container_image' },
      handler: destroySelected,
      doc: {
        ...TAG,
        summary: 'Delete tags of an image by pattern',
        description:
          'The tag `latest` is never deleted, nor is a tag that is pushed during the request. Deletion is complete when the response is sent. The age of a tag is the time since its last push, not the build time stated in the image.',
        params: REPOSITORY_ID,
        body: Selection,
        reply: { status: 202, schema: z.object({ message: z.string() }) },
      },
    },
    {
      method: 'GET',
      path: `${TAGS}/:tag_name`,
      access: { ...PROJECT, permission: 'read_container_image' },
      handler: get,
      doc: {
        ...TAG,
        summary: 'Get a tag of an image',
        params: TAG_NAME,
        reply: { status: 200, schema: ShownTagInFull },
      },
    },
    {
      method: 'DELETE',
      path: `${TAGS}/:tag_name`,
      access: { ...PROJECT, permission: 'destroy_container_image' },
      handler: destroy,
      doc: {
        ...TAG,
        summary: 'Delete a tag of an image',
        params: TAG_NAME,
        reply: { status: 200, schema: z.object({ message: z.string() }) },
      },
    },
  ];
}

const TAG_NAME = REPOSITORY_ID.extend({ tag_name: z.string().describe('The tag') });
