import { z } from 'zod';
import type { LogEntry, RefWithCommit } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { json } from '../../http/replies/json.ts';
import { notFound } from '../../lib/errors.ts';
import { formatInstant } from '../../lib/instant.ts';
import type { ApiRoute } from '../api-route.ts';
import { readParameters } from '../body.ts';
import { parseWith, readQuery } from '../parameters.ts';
import { noContent, pageOf, paginated } from '../reply.ts';
import { Moment, PageQuery } from '../schemas.ts';
import { commitPresenter, ShownCommit } from './commit-json.ts';
import { type ProjectContext, READ, REPOSITORY, WRITE } from './project-row.ts';

const ListQuery = PageQuery.extend({
  order_by: z.enum(['name', 'updated', 'version']).default('updated'),
  sort: z.enum(['asc', 'desc']).default('desc'),
  search: z.string().default('').describe('Part of a name; `^text` for its start, `text$` for its end'),
});

const NewTag = z.object({
  tag_name: z.string().describe('Name of the new tag'),
  ref: z.string().describe('Branch, tag or commit that it names'),
  message: z.string().nullish().describe('Creates an annotated tag'),
});

const ShownTag = z
  .object({
    name: z.string(),
    message: z.string().describe('Of an annotated tag; else empty. Cut off after 64 KiB'),
    target: z.string().describe('The tag object of an annotated tag, else the commit'),
    commit: ShownCommit.nullable().describe('Null: the tag does not name a commit'),
    release: z.null(),
    protected: z.literal(false),
    created_at: Moment.nullable().describe('Of an annotated tag'),
  })
  .meta({ id: 'Tag' });

function createHandlers({ repositories }: Services, links: Links) {
  /** Reads the commits of some tags. */
  const presenterFor = async ({ facts: { project } }: ProjectContext, refs: readonly RefWithCommit[]) => {
    const ids = refs.map(({ id }) => id);
    const commits: Map<string, LogEntry> = await repositories.commits(project, ids);
    const showCommit = commitPresenter(links, project.full_path);
    return ({ name, id, target, message, at }: RefWithCommit): z.output<typeof ShownTag> => {
      const commit = commits.get(id);
      return {
        name,
        message: message ?? '',
        target,
        commit: commit ? showCommit(commit) : null,
        release: null,
        protected: false,
        created_at: message === null ? null : formatInstant(at),
      };
    };
  };

  const find = async (context: ProjectContext, name: string) => {
    const ref = await repositories.ref(context.facts.project, 'tags', name);
    if (!ref) throw notFound('git tag');
    return (await presenterFor(context, [ref]))(ref);
  };

  const list = async (context: ProjectContext) => {
    const { search, order_by: by, sort: direction, ...page } = readQuery(context, ListQuery);
    const request = { kind: 'tags', search, order: { by, direction }, ...pageOf(page) } as const;
    const refs = await repositories.refs(context.facts.project, request);
    return paginated(context, links, refs, await presenterFor(context, refs.items));
  };

  const get = async (context: ProjectContext) => json(await find(context, context.params['tag_name'] ?? ''));

  const create = async (context: ProjectContext) => {
    const { tag_name: name, ref: from, message } = parseWith(NewTag, await readParameters(context));
    await repositories.createTag(context.facts.project, { name, from, message: message ?? '' }, context);
    return json(await find(context, name), 201);
  };

  const destroy = async (context: ProjectContext) => {
    await repositories.deleteTag(context.facts.project, context.params['tag_name'] ?? '', context);
    return noContent();
  };

  return { list, get, create, destroy };
}

/** https://docs.gitlab.com/api/tags */
export function tagRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, get, create, destroy } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/tags`,
      access: READ,
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the tags of a repository',
        query: ListQuery,
        reply: { status: 200, schema: z.array(ShownTag), paged: true },
      },
    },
    {
      method: 'POST',
      path: `${REPOSITORY}/tags`,
      access: WRITE,
      handler: create,
      doc: {
        ...TAG,
        summary: 'Create a tag in a repository',
        body: NewTag,
        reply: { status: 201, schema: ShownTag },
      },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/tags/:tag_name`,
      access: READ,
      handler: get,
      doc: {
        ...TAG,
        summary: 'Get a tag of a repository',
        params: TAG_NAME,
        reply: { status: 200, schema: ShownTag },
      },
    },
    {
      method: 'DELETE',
      path: `${REPOSITORY}/tags/:tag_name`,
      access: WRITE,
      handler: destroy,
      doc: { ...TAG, summary: 'Delete a tag of a repository', params: TAG_NAME, reply: { status: 204 } },
    },
  ];
}

const TAG = { tag: 'Repository' } as const;
const TAG_NAME = z.object({ tag_name: z.string().describe('URL-encoded name') });
