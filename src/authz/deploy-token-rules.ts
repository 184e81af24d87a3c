import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import { covers } from '../lib/lineage.ts';
import type { DeployTokenActor } from './actor.ts';
import { ALLOWED, deny, outside, type Refusal } from './decision.ts';
import { openTo } from './open-to.ts';
import { type Permission, permissionRow, type Subject } from './permissions.ts';
import { deployScopeAllows, scopesThatAllow } from './scopes.ts';

/**
 * Permissions on a public project that a token has without reaching it, as anyone has. Code is not in it: git refuses
 * such a token at sign-in.
 */
const PUBLIC_TO_ANY_TOKEN: readonly Permission[] = [
  'read_project',
  'read_group',
  'read_container_image',
  'read_package',
];

export function forDeployToken(
  actor: DeployTokenActor,
  permission: Permission,
  facts: ProjectFacts | GroupFacts,
): Refusal {
  if (actor.state !== 'active') return inactive(actor);
  const open = openTo(permission, facts) === 'public' && PUBLIC_TO_ANY_TOKEN.includes(permission);
  if (!reaches(actor, facts)) return open || looksForItsOwn(actor, permission, facts) ? ALLOWED : outside(facts.on);
  return open ? ALLOWED : scopeOfDeployToken(actor, permission, facts.on);
}

const inactive = (actor: DeployTokenActor) => deny(401, 'token_inactive', `The deploy token is ${actor.state}.`);

export function scopeOfDeployToken(actor: DeployTokenActor, permission: Permission, on: Subject): Refusal {
  if (actor.state !== 'active') return inactive(actor);
  if (deployScopeAllows(actor.scopes, permission, on)) return ALLOWED;
  const needed = scopesThatAllow(permission).join(' or ');
  return deny(403, 'missing_scope', `The deploy token needs the scope ${needed}; it has ${actor.scopes.join(', ')}.`);
}

/**
 * GitLab takes a deploy token for no credential at all where what it is for is switched off: the repository of its
 * project for code, the registry of the server for a token that is for images alone. So git says 401 and not 403.
 */
export function switchedOff(actor: DeployTokenActor, permission: Permission, facts: ProjectFacts): Refusal {
  if (permissionRow(permission).feature !== 'repository' || !reaches(actor, facts)) return null;
  if (!facts.features.repository)
    return deny(
      401,
      'feature_disabled',
      'This project has its repository switched off: deploy tokens do not work on it.',
    );
  const imagesAlone = actor.scopes.every((scope) => scope === 'read_registry' || scope === 'write_registry');
  if (imagesAlone && !facts.instance.registry)
    return deny(
      401,
      'feature_disabled',
      'The registry is switched off on this server, and this token is for nothing else.',
    );
  return null;
}

/**
 * Whether a token reaches everything around a gap, and may learn that it is one. To others it looks like a project of
 * another owner.
 * @param within the lineage of the nearest namespace.
 */
export function reachesAround({ token: { owner } }: Pick<DeployTokenActor, 'token'>, within: string | null): boolean {
  return owner.kind === 'group' && within !== null && covers(owner.lineage, within);
}

/** A project's token reaches its project; a group's the group and everything below it, as the hierarchy is now. */
export function reaches(actor: Pick<DeployTokenActor, 'token'>, facts: ProjectFacts | GroupFacts): boolean {
  const { owner } = actor.token;
  if (owner.kind === 'project') return facts.on === 'project' && facts.project.id === owner.id;
  return covers(owner.lineage, facts.lineage);
}

/**
 * A token of a project may ask the groups above for packages, as clients do that install from a group: each package is
 * decided on by its own project, so that it finds those of its project, those of public ones, and learns of no other.
 */
function looksForItsOwn(actor: DeployTokenActor, permission: Permission, facts: ProjectFacts | GroupFacts): boolean {
  const { owner } = actor.token;
  if (facts.on !== 'group' || permission !== 'read_package' || owner.kind !== 'project') return false;
  // Where nobody finds any it learns that there is nothing, not that there is a group.
  if (!facts.instance.packages) return false;
  return covers(facts.lineage, owner.lineage) && deployScopeAllows(actor.scopes, permission, 'group');
}
