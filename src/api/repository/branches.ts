import { z } from 'zod';
import type { LogEntry, RefOrder, RefWithCommit } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { json } from '../../http/replies/json.ts';
import { notFound } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { readParameters } from '../body.ts';
import { parseWith, readQuery } from '../parameters.ts';
import { noContent, pageOf, paginated } from '../reply.ts';
import { PageQuery } from '../schemas.ts';
import { commitPresenter, ShownCommit } from './commit-json.ts';
import { type ProjectContext, READ, REPOSITORY, WRITE } from './project-row.ts';

const ORDERS = {
  name_asc: { by: 'name', direction: 'asc' },
  updated_asc: { by: 'updated', direction: 'asc' },
  updated_desc: { by: 'updated', direction: 'desc' },
} as const satisfies Record<string, RefOrder>;

const ListQuery = PageQuery.extend({
  search: z.string().default('').describe('Part of a name; `^text` for its start, `text$` for its end'),
  sort: z.enum(['name_asc', 'updated_asc', 'updated_desc']).default('name_asc'),
});

const NewBranch = z.object({
  branch: z.string().describe('Name of the new branch'),
  ref: z.string().describe('Branch, tag or commit that it begins at'),
});

const ShownBranch = z
  .object({
    name: z.string(),
    merged: z.boolean().describe('All of its commits are in the default branch'),
    protected: z.boolean().describe('It is the default branch, which cannot be deleted'),
    default: z.boolean(),
    developers_can_push: z.boolean(),
    developers_can_merge: z.boolean(),
    can_push: z.boolean().describe('Whether the caller may push to it'),
    web_url: z.string(),
    commit: ShownCommit.nullable(),
  })
  .meta({ id: 'Branch' });

function createHandlers({ repositories }: Services, links: Links) {
  /** Reads the commits of some branches, and which are merged. */
  const presenterFor = async (context: ProjectContext, refs: readonly RefWithCommit[]) => {
    const { project } = context.facts;
    const into = await repositories.defaultBranch(project);
    const names = refs.map(({ name }) => name);
    const merged = await repositories.mergedBranches(project, { into, names });
    const ids = refs.map(({ id }) => id);
    const commits: Map<string, LogEntry> = await repositories.commits(project, ids);
    const showCommit = commitPresenter(links, project.full_path);
    const canPush = context.permit('push_code').allow;
    return ({ name, id }: RefWithCommit): z.output<typeof ShownBranch> => {
      const commit = commits.get(id);
      const isDefault = name === into;
      return {
        name,
        merged: !isDefault && merged.has(name),
        protected: isDefault,
        default: isDefault,
        developers_can_push: isDefault,
        developers_can_merge: isDefault,
        can_push: canPush,
        web_url: `${links.project(project.full_path)}/-/branches?search=${encodeURIComponent(name)}`,
        commit: commit ? showCommit(commit) : null,
      };
    };
  };

  const find = async (context: ProjectContext, name: string) => {
    const ref = await repositories.ref(context.facts.project, 'branches', name);
    if (!ref) throw notFound('branch');
    return (await presenterFor(context, [ref]))(ref);
  };

  const list = async (context: ProjectContext) => {
    const { search, sort, ...page } = readQuery(context, ListQuery);
    const request = { kind: 'branches', search, order: ORDERS[sort], ...pageOf(page) } as const;
    const refs = await repositories.refs(context.facts.project, request);
    return paginated(context, links, refs, await presenterFor(context, refs.items));
  };

  const get = async (context: ProjectContext) => json(await find(context, context.params['branch'] ?? ''));

  const create = async (context: ProjectContext) => {
    const { branch, ref } = parseWith(NewBranch, await readParameters(context));
    await repositories.createBranch(context.facts.project, { name: branch, from: ref }, context);
    return json(await find(context, branch), 201);
  };

  const destroy = async (context: ProjectContext) => {
    await repositories.deleteBranch(context.facts.project, context.params['branch'] ?? '', context);
    return noContent();
  };

  return { list, get, create, destroy };
}

/** https://docs.gitlab.com/api/branches */
export function branchRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, get, create, destroy } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/branches`,
      access: READ,
      handler: list,
      doc: {
        ...TAG,
        summary: 'List the branches of a project',
        query: ListQuery,
        reply: { status: 200, schema: z.array(ShownBranch), paged: true },
      },
    },
    {
      method: 'POST',
      path: `${REPOSITORY}/branches`,
      access: WRITE,
      handler: create,
      doc: { ...TAG, summary: 'Create a branch', body: NewBranch, reply: { status: 201, schema: ShownBranch } },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/branches/:branch`,
      access: READ,
      handler: get,
      doc: { ...TAG, summary: 'Get a branch', params: BRANCH, reply: { status: 200, schema: ShownBranch } },
    },
    {
      method: 'DELETE',
      path: `${REPOSITORY}/branches/:branch`,
      access: WRITE,
      handler: destroy,
      doc: {
        ...TAG,
        summary: 'Delete a branch',
        description: 'The default branch cannot be deleted.',
        params: BRANCH,
        reply: { status: 204 },
      },
    },
  ];
}

const TAG = { tag: 'Repository' } as const;
const BRANCH = z.object({ branch: z.string().describe('URL-encoded name') });
