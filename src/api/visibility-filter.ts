import type { VisibilityFilter } from '../domain/access/visibility-filter.ts';
import type { RequestContext } from '../http/route.ts';

/** The visibility filter of a list. */
export const visibilityFilterOf = ({ viewer }: RequestContext<unknown>, now: number): VisibilityFilter => ({
  ...viewer,
  now,
});
