import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { RequestContext } from './route.ts';

/** Above every role there is. */
export const ADMINISTRATOR_ROLE = 60;

/** The role that rules on names look at: an administrator stands above them, a deploy token has none. */
export function effectiveRole({ actor, facts }: RequestContext<ProjectFacts | GroupFacts>): number {
  return actor.kind === 'user' && actor.admin ? ADMINISTRATOR_ROLE : facts.level;
}
