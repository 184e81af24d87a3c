import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { Exchange } from './route.ts';

/** Above every role there is. */
export const ADMINISTRATOR = 60;

/** The role that rules on names look at: an administrator stands above them, a deploy token has none. */
export function standingOf({ actor, facts }: Exchange<ProjectFacts | GroupFacts>): number {
  return actor.kind === 'user' && actor.admin ? ADMINISTRATOR : facts.level;
}
