import { z } from 'zod';
import type { TreeEntry } from '../../domain/repositories/repositories.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import { json } from '../../http/replies/json.ts';
import { invalidParameter, notFound } from '../../lib/errors.ts';
import type { ApiRoute } from '../api-route.ts';
import { readQuery } from '../parameters.ts';
import { cutPage, linkTo, pageOf, paginated } from '../reply.ts';
import { Flag, PageQuery } from '../schemas.ts';
import { gitPath, type ProjectContext, READ, REPOSITORY } from './project-row.ts';

/** A longer list is refused: git lists all entries for each page. */
const MAX_ENTRIES = 200_000;

const ListQuery = PageQuery.extend({
  path: z.string().default('').describe('Folder; the top of the repository if absent'),
  ref: z.string().default('HEAD').describe('Branch, tag or commit; the default branch if absent'),
  recursive: Flag.default(false).describe(`Include subfolders, at most ${MAX_ENTRIES} entries`),
  pagination: z.enum(['keyset', 'legacy', 'none']).default('legacy').describe('`keyset`: follow the `Link` header'),
  page_token: z.string().optional().describe('Position of a page with `pagination=keyset`, from the `Link` header'),
});

const ShownEntry = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(['tree', 'blob', 'commit']).describe('`commit`: a submodule'),
    path: z.string(),
    mode: z.string(),
  })
  .meta({ id: 'TreeEntry' });

const show = ({ id, path, kind, mode }: TreeEntry): z.output<typeof ShownEntry> => ({
  id,
  name: path.slice(path.lastIndexOf('/') + 1),
  type: kind,
  path,
  mode,
});

/** Folders come first, then files, then submodules. */
const RANKS: Record<TreeEntry['kind'], number> = { tree: 0, blob: 1, commit: 2 };

function createHandlers({ repositories }: Services, links: Links) {
  const readAll = async ({ facts }: ProjectContext, ref: string, path: string, recursive: boolean) => {
    const request = { revision: ref, path: gitPath(path), recursive, sizes: false };
    const list = await repositories.listTree(facts.project, { ...request, limit: MAX_ENTRIES });
    if (!list) throw notFound('tree');
    if (list.more) throw invalidParameter('path is missing', `There are more than ${MAX_ENTRIES} entries.`);
    return list.entries.toSorted((one, other) => RANKS[one.kind] - RANKS[other.kind]);
  };

  const list = async (context: ProjectContext) => {
    const { path, ref, recursive, pagination, page_token: token, ...query } = readQuery(context, ListQuery);
    const entries = await readAll(context, ref, path, recursive);
    const page = pageOf(query);
    if (pagination === 'keyset') return keysetPage(context, links, entries, page.perPage, token);
    return paginated(context, links, cutPage(entries, page), show);
  };

  return { list };
}

/** A page by its position. @param token the path of the last entry of the page before, in base64url. */
function keysetPage(
  context: ProjectContext,
  links: Links,
  entries: readonly TreeEntry[],
  perPage: number,
  token: string | undefined,
): Response {
  const after = token === undefined ? null : Buffer.from(token, 'base64url').toString();
  const last = after === null ? -1 : entries.findIndex(({ path }) => path === after);
  if (after !== null && last < 0) throw invalidParameter('page_token is invalid');
  const items = entries.slice(last + 1, last + 1 + perPage);
  const end = items.at(-1);
  if (!end || last + 1 + perPage >= entries.length) return json(items.map(show));
  const place = { page_token: Buffer.from(end.path).toString('base64url') };
  return json(items.map(show), 200, { Link: linkTo(context, links, place, 'next') });
}

/** https://docs.gitlab.com/api/repositories/#list-repository-tree */
export function treeRoutes(services: Services, links: Links): ApiRoute[] {
  const { list } = createHandlers(services, links);
  return [
    {
      method: 'GET',
      path: `${REPOSITORY}/tree`,
      access: READ,
      handler: list,
      doc: {
        tag: 'Repository',
        summary: 'List files and folders',
        query: ListQuery,
        reply: { status: 200, schema: z.array(ShownEntry), paged: true },
      },
    },
  ];
}
