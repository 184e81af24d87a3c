import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { OwnerRef } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import { groupPath, projectPath } from '../../paths.ts';

/**
 * The owner of the tokens on a page. Of an address that takes a `query` it says what the lists of the page are to show.
 */
export type Owner = OwnerRef & {
  /** The address of its page. */
  page(query?: URLSearchParams): string;
  /** The address that the form of a new token is sent to. */
  createPath(query: URLSearchParams): string;
  /** The address of a token: what it may do, and how much it is used. */
  tokenPath(tokenId: number): string;
  /** The address that asks before a token is revoked, and that its revocation is sent to. */
  revokePath(tokenId: number, query: URLSearchParams): string;
};

/** The section that links lead to; GitLab's name for it. */
export const SECTION = 'js-deploy-tokens';

/** The query parameters for the pages of the lists. */
export const INACTIVE_PAGE = 'inactive_page';
export const GROUPS_PAGE = 'groups_page';

const NOTHING = new URLSearchParams();
const SETTINGS = '/-/settings/repository';

export function ownerOf(facts: ProjectFacts | GroupFacts): Owner {
  const [row, path] = facts.on === 'project' ? [facts.project, projectPath] : ([facts.group, groupPath] as const);
  // Once for all rows of a list.
  const settings = path(row.full_path, SETTINGS);
  const tokens = path(row.full_path, '/-/deploy_tokens');
  const at = (page: string, query: URLSearchParams) => (query.size > 0 ? `${page}?${query}` : page);
  return {
    kind: facts.on,
    id: row.id,
    path: row.full_path,
    page: (query = NOTHING) => `${at(settings, query)}#${SECTION}`,
    createPath: (query) => `${at(`${settings}/deploy_token/create`, query)}#${SECTION}`,
    tokenPath: (tokenId) => `${tokens}/${tokenId}`,
    revokePath: (tokenId, query) => at(`${tokens}/${tokenId}/revoke`, query),
  };
}

/**
 * Which part of the lists an address asks for: what is done from the page keeps it, and leads back to the same lists.
 */
export function listsIn(query: URLSearchParams): URLSearchParams {
  const names = ['search', 'sort', 'page', INACTIVE_PAGE, GROUPS_PAGE];
  return new URLSearchParams([...query].filter(([name]) => names.includes(name)));
}
