import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { Route } from '../../../http/route.ts';
import { listPage } from '../../list-page.ts';
import { type Page, pageRow, type Visit, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { refsPage } from './refs-page.tsx';

const PER_PAGE = 50;

/** All branches of a project, and all tags. The addresses are GitLab's. */
export function refsRoutes(web: Web): Route[] {
  const read = { on: 'project', by: 'path', param: 'path', permission: 'download_code' } as const;
  const show =
    (kind: 'branches' | 'tags') =>
    async (visit: Visit<ProjectFacts>): Promise<Page> => {
      const { project } = visit.facts;
      const search = (visit.query.get('search') ?? '').trim().slice(0, 255);
      const refs = await listPage(visit.query, PER_PAGE, (page) =>
        web.services.repositories.refs(project, { kind, search, ...page }),
      );
      return refsPage(visit, { kind, search, refs });
    };
  return [
    pageRow(web, `/${FULL_PATH}/-/branches`, read, show('branches')),
    pageRow(web, `/${FULL_PATH}/-/tags`, read, show('tags')),
  ];
}
