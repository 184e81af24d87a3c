import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { OwnerRef } from '../../../domain/deploy-tokens/deploy-tokens.ts';
import { groupPath, projectPath } from '../../paths.ts';

/** Whose tokens a page is about. */
export type Owner = OwnerRef & {
  /** The address of its page. */
  page: string;
  /** The address of a token: what it may do, and how much it is used. */
  tokenPath(tokenId: number): string;
  /** The address that a token's revocation is sent to. */
  revokePath(tokenId: number): string;
};

/** The section that links lead to; GitLab's name for it. */
export const SECTION = 'js-deploy-tokens';

export function ownerOf(facts: ProjectFacts | GroupFacts): Owner {
  const [row, path] = facts.on === 'project' ? [facts.project, projectPath] : ([facts.group, groupPath] as const);
  return {
    kind: facts.on,
    id: row.id,
    path: row.full_path,
    page: path(row.full_path, `/-/settings/repository#${SECTION}`),
    tokenPath: (tokenId) => path(row.full_path, `/-/deploy_tokens/${tokenId}`),
    revokePath: (tokenId) => path(row.full_path, `/-/deploy_tokens/${tokenId}/revoke`),
  };
}
