import { z } from 'zod';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { json } from '../../http/replies/json.ts';
import { notFound } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { readQuery } from '../parameters.ts';
import { Flag } from '../schemas.ts';
import { commitPresenter, ShownCommit } from './commit-json.ts';
import { ShownDiff, showDiff } from './diff-json.ts';
import { type ProjectContext, READ, REPOSITORY } from './project-row.ts';

/** The most commits of a comparison, the newest. */
const MAX_COMMITS = 1000;

const CompareQuery = z.object({
  from: z.string().describe('Branch, tag or commit'),
  to: z.string().describe('Branch, tag or commit'),
  straight: Flag.default(false).describe('Compare with `from` itself, not with the common ancestor'),
});

const ShownComparison = z
  .object({
    commit: ShownCommit.nullable().describe('The newest commit'),
    commits: z.array(ShownCommit).describe(`Oldest first; the newest ${MAX_COMMITS}`),
    diffs: z.array(ShownDiff).describe('At most 1,000 files'),
    compare_timeout: z.literal(false),
    compare_same_ref: z.boolean(),
    web_url: z.string(),
  })
  .meta({ id: 'Comparison' });

function createHandlers({ repositories }: Services, links: Links) {
  const compare = async (context: ProjectContext) => {
    const { from, to, straight } = readQuery(context, CompareQuery);
    const { project } = context.facts;
    const base = await repositories.commitOf(project, from);
    const head = await repositories.commitOf(project, to);
    if (base === null || head === null) throw notFound('commit');
    const range = { revision: head, path: '', skip: 0, limit: MAX_COMMITS, filter: { without: base } };
    const found = (await repositories.log(project, range)) ?? [];
    const ancestor = straight ? base : ((await repositories.mergeBase(project, [base, head])) ?? base);
    const diffs = await repositories.diff(project, { from: ancestor, to: head });
    const commits = found.toReversed().map(commitPresenter(links, project.full_path));
    const comparison: z.output<typeof ShownComparison> = {
      commit: commits.at(-1) ?? null,
      commits,
      diffs: diffs.map(showDiff),
      compare_timeout: false,
      compare_same_ref: from === to,
      web_url: links.project(project.full_path),
    };
    return json(comparison);
  };

  return { compare };
}

/** https://docs.gitlab.com/api/repositories/#compare-branches-tags-or-commits */
export function compareRoutes(services: Services, links: Links): ApiRoute[] {
  const { compare } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/compare`,
      access: READ,
      handler: compare,
      doc: {
        tag: 'Repository',
        summary: 'Compare branches, tags or commits',
        query: CompareQuery,
        reply: { status: 200, schema: ShownComparison },
      },
    },
  ];
}
