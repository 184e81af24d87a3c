import type { User } from '../../../domain/users/users.ts';
import { unauthenticated } from '../../../lib/errors.ts';
import type { Visit, Web } from '../../page.ts';

/** The signed-in user. The rows of these pages let nobody else in. */
export function signedIn(visit: Visit): NonNullable<Visit['actor']> {
  if (!visit.actor) throw unauthenticated('Sign in first.');
  return visit.actor;
}

export const meOf = ({ services }: Web, visit: Visit): Promise<User> => services.users.get(signedIn(visit).id);
