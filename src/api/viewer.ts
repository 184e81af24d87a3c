import type { Viewer } from '../domain/access/viewer.ts';
import type { Exchange } from '../http/route.ts';

/** Whose eyes a list is made for. */
export function viewerOf({ actor }: Exchange<unknown>, now: number): Viewer {
  return actor.kind === 'user' ? { userId: actor.id, admin: actor.admin, now } : { userId: null, admin: false, now };
}

/** The id of the user who asks; null for who is not signed in. */
export const userIdOf = ({ actor }: Exchange<unknown>): number | null => (actor.kind === 'user' ? actor.id : null);
