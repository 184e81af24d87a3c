import { z } from 'zod';
import type { LogEntry } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { json } from '../../http/replies/json.ts';
import { notFound } from '../../lib/errors.ts';
import { parseInstant } from '../../lib/instant.ts';
import type { ApiRoute } from '../api-route.ts';
import { readQuery } from '../parameters.ts';
import { cutPage, pageOf, paginated, paginatedUncounted } from '../reply.ts';
import { Flag, Instant, PageQuery } from '../schemas.ts';
import { commitPresenter, ShownCommit } from './commit-json.ts';
import { ShownDiff, showDiff } from './diff-json.ts';
import { gitPath, type ProjectContext, READ, REPOSITORY } from './project-row.ts';

const ListQuery = PageQuery.extend({
  ref_name: z.string().default('HEAD').describe('Branch, tag or commit; the default branch if absent'),
  since: Instant.optional(),
  until: Instant.optional(),
  path: z.string().default('').describe('Only commits that change this file or folder'),
  author: z
    .string()
    .max(255)
    .regex(/^[^\0]*$/)
    .optional()
    .describe('Part of the name or address of the author'),
  all: Flag.default(false).describe('Commits of all branches and tags'),
  with_stats: Flag.default(false).describe('Include the number of changed lines'),
  first_parent: Flag.default(false).describe('Follow only the first parent of a merge'),
  order: z.enum(['default', 'topo']).default('default'),
});
type ListQuery = z.output<typeof ListQuery>;

const GetQuery = z.object({ stats: Flag.default(true).describe('Include the number of changed lines') });

const Stats = z.object({ additions: z.int(), deletions: z.int(), total: z.int() });
const ListedCommit = ShownCommit.extend({ stats: Stats.optional() }).meta({ id: 'ListedCommit' });
const CommitInFull = ShownCommit.extend({
  stats: Stats.optional(),
  status: z.null(),
  project_id: z.int(),
  last_pipeline: z.null(),
}).meta({ id: 'CommitInFull' });

function createHandlers({ repositories }: Services, links: Links) {
  const find = async ({ facts: { project }, params }: ProjectContext): Promise<LogEntry> => {
    const id = await repositories.commitOf(project, params['sha'] ?? '');
    const commit = id === null ? undefined : (await repositories.commits(project, [id])).get(id);
    if (!commit) throw notFound('commit');
    return commit;
  };

  /** Reads the changed lines of some commits. @param isWanted false: none are read. */
  const statsFor = async ({ facts }: ProjectContext, commits: readonly LogEntry[], isWanted: boolean) => {
    const ids = commits.map(({ id }) => id);
    const all = isWanted ? await repositories.stats(facts.project, ids) : null;
    return (id: string): { stats?: z.output<typeof Stats> } => {
      if (all === null) return {};
      const { additions, deletions } = all.get(id) ?? { additions: 0, deletions: 0 };
      return { stats: { additions, deletions, total: additions + deletions } };
    };
  };

  const list = async (context: ProjectContext) => {
    const query = readQuery(context, ListQuery);
    const { project } = context.facts;
    const { page, perPage } = pageOf(query);
    const range = { skip: (page - 1) * perPage, limit: perPage + 1 };
    const found = await repositories.log(project, { ...requestOf(query), ...range });
    // A repository without commits has no HEAD either.
    if (!found && query.ref_name !== 'HEAD') throw notFound('commit');
    const items = (found ?? []).slice(0, perPage);
    const stats = await statsFor(context, items, query.with_stats);
    const show = commitPresenter(links, project.full_path);
    const more = (found ?? []).length > perPage;
    return paginatedUncounted(context, links, { items, page, perPage, more }, (commit) => ({
      ...show(commit),
      ...stats(commit.id),
    }));
  };

  const get = async (context: ProjectContext) => {
    const { stats: isWanted } = readQuery(context, GetQuery);
    const { project } = context.facts;
    const commit = await find(context);
    const stats = await statsFor(context, [commit], isWanted);
    const shown = { ...commitPresenter(links, project.full_path)(commit), ...stats(commit.id) };
    return json({ ...shown, status: null, project_id: project.id, last_pipeline: null });
  };

  const diff = async (context: ProjectContext) => {
    const page = pageOf(readQuery(context, PageQuery));
    const { id, parents } = await find(context);
    const all = await repositories.diff(context.facts.project, { from: parents[0] ?? null, to: id });
    return paginated(context, links, cutPage(all, page), showDiff);
  };

  return { list, get, diff };
}

function requestOf({ ref_name, since, until, path, author, all, first_parent, order }: ListQuery) {
  const filter = {
    since: since === undefined ? undefined : parseInstant('since', since),
    until: until === undefined ? undefined : parseInstant('until', until),
    author,
    firstParent: first_parent,
    topological: order === 'topo',
  };
  return { revision: all ? null : ref_name, path: gitPath(path), filter };
}

/** https://docs.gitlab.com/api/commits */
export function commitRoutes(services: Services, links: Links): ApiRoute[] {
  const { list, get, diff } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/commits`,
      access: READ,
      handler: list,
      doc: {
        ...TAG,
        summary: 'List commits',
        query: ListQuery,
        reply: { status: 200, schema: z.array(ListedCommit), paged: true },
      },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/commits/:sha`,
      access: READ,
      handler: get,
      doc: {
        ...TAG,
        summary: 'Get a commit',
        params: SHA,
        query: GetQuery,
        reply: { status: 200, schema: CommitInFull },
      },
    },
    {
      method: 'GET',
      path: `${REPOSITORY}/commits/:sha/diff`,
      access: READ,
      handler: diff,
      doc: {
        ...TAG,
        summary: 'Get the changes of a commit',
        description: 'Compared with the first parent. At most 1,000 files.',
        params: SHA,
        query: PageQuery,
        reply: { status: 200, schema: z.array(ShownDiff), paged: true },
      },
    },
  ];
}

const TAG = { tag: 'Repository' } as const;
const SHA = z.object({ sha: z.string().describe('Commit, or URL-encoded name of a branch or tag') });
