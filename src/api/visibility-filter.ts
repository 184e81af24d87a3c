import type { VisibilityFilter } from '../domain/access/visibility-filter.ts';
import type { RequestContext } from '../http/route.ts';

/** The visibility filter of a list. */
export function visibilityFilterOf({ actor }: RequestContext<unknown>, now: number): VisibilityFilter {
  return actor.kind === 'user' ? { userId: actor.id, admin: actor.admin, now } : { userId: null, admin: false, now };
}

/** The id of the user who asks; null for who is not signed in. */
export const userIdOf = ({ actor }: RequestContext<unknown>): number | null =>
  actor.kind === 'user' ? actor.id : null;
