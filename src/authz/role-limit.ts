import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { Resource } from '../domain/access/resource.ts';
import type { Actor } from './actor.ts';
import { viewerOf } from './actor-kinds.ts';
import { ALLOWED, deny, type Refusal } from './decision.ts';
import { ADMINISTRATOR_ROLE, type Permission } from './permissions.ts';

/** The role that an actor acts with on a target; 0: none. Administrators are above every role. */
export function rankOf(actor: Actor, { level }: ProjectFacts | GroupFacts): number {
  const { userId, admin } = viewerOf(actor);
  if (admin) return ADMINISTRATOR_ROLE;
  return userId === null ? 0 : level;
}

/** Members are managed up to the own role. Everyone may give up their own role, which takes no `admin_member`. */
export function aboveOwnRole(
  actor: Actor,
  permission: Permission,
  target: ProjectFacts | GroupFacts,
  resource: Resource | null,
): Refusal {
  if (permission !== 'admin_member' || resource === null || !('role' in resource)) return ALLOWED;
  if (resource.role <= rankOf(actor, target)) return ALLOWED;
  return deny(403, 'above_own_role', "You can't grant, change or remove a role above your own.");
}
