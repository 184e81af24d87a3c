import type { Facts, GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import type { Resource } from '../domain/access/resource.ts';
import type { Actor, ActorKind, UserActor } from './actor.ts';
import { credentialOf, nounOf } from './actor-kinds.ts';
import { ALLOWED, type Decision, deny, outside, type Refusal } from './decision.ts';
import { forDeployToken, reaches, reachesAround, scopeOfDeployToken, switchedOff } from './deploy-token-rules.ts';
import type { DecisionFacts } from './facts.ts';
import { openTo } from './open-to.ts';
import { actionOf, type Feature, type Permission, permissionRow } from './permissions.ts';
import { protectedName } from './protection.ts';
import { aboveOwnRole } from './role-limit.ts';
import { ANONYMOUS_PERMISSIONS, lowestRoleFor, PUBLIC_PERMISSIONS, roleAllows, USER_PERMISSIONS } from './roles.ts';
import { personalScopeAllows, personalScopesThatAllow } from './scopes.ts';

/** Which kinds of actor may ever use a permission. Not listed: a signed-in user alone. */
const ACTOR_KINDS: Partial<Record<Permission, readonly ActorKind[]>> = {
  read_project: ['anonymous', 'user', 'deployToken', 'job'],
  read_group: ['anonymous', 'user', 'deployToken', 'job'],
  read_member: ['anonymous', 'user'],
  list_projects: ['anonymous', 'user'],
  download_code: ['anonymous', 'user', 'deployToken', 'job'],
  use_registry: ['anonymous', 'user', 'deployToken'],
  read_container_image: ['anonymous', 'user', 'deployToken', 'job'],
  create_container_image: ['user', 'deployToken', 'job'],
  find_packages: ['anonymous', 'user', 'deployToken'],
  read_package: ['anonymous', 'user', 'deployToken', 'job'],
  create_package: ['user', 'deployToken', 'job'],
  withdraw_package: ['user', 'deployToken', 'job'],
  destroy_package: ['user', 'deployToken', 'job'],
};

export function actorKindsFor(permission: Permission): readonly ActorKind[] {
  return ACTOR_KINDS[permission] ?? ['user'];
}

/**
 * Whether an actor may do something, on these facts alone. Pure: no I/O, no clock. Whatever no rule allows is denied,
 * and a denial always says why.
 * @param resource the part of the target that is asked for; null: all of it.
 */
export function decide(
  actor: Actor,
  permission: Permission,
  facts: DecisionFacts,
  resource: Resource | null = null,
): Decision {
  const refusal = judge(actor, permission, facts, resource);
  if (!refusal) return { allow: true };
  const { target } = facts;
  const on = target.on === 'missing' ? target.what : target.on;
  return {
    allow: false,
    ...refusal,
    permission,
    on,
    visible: target.on !== 'missing' && (target.on === 'instance' || isVisible(actor, target)),
  };
}

function judge(actor: Actor, permission: Permission, facts: DecisionFacts, resource: Resource | null): Refusal {
  const { target } = facts;
  if (target.on === 'missing') return missing(actor, target.what, target.within);
  if (target.on === 'instance') return onInstance(actor, permission) ?? limitedByGrants(actor, permission, CATALOGUE);
  return (
    onTarget(actor, permission, target) ??
    blockedByState(actor, permission, target) ??
    limitedByGrants(actor, permission, resource !== null && 'image' in resource ? resource.image : undefined) ??
    protectedName(actor, permission, facts, resource) ??
    aboveOwnRole(actor, permission, target, resource) ??
    ofAnother(actor, facts)
  );
}

const ONLY_ADMINISTRATORS = 'Only administrators may do this.';
const SIGN_IN = deny(401, 'not_signed_in', 'Sign in to do this.');

function missing(actor: Actor, what: string, within: string | null): Refusal {
  const absent = deny(404, 'not_found', `There is no such ${what}, or it cannot be seen with this credential.`);
  switch (actor.kind) {
    case 'anonymous':
      return SIGN_IN;
    case 'user':
    case 'job':
      return absent;
    case 'deployToken':
      return reachesAround(actor, within) ? absent : outside(what);
  }
}

function onInstance(actor: Actor, permission: Permission): Refusal {
  if (actor.kind === 'anonymous') return ANONYMOUS_PERMISSIONS.includes(permission) ? ALLOWED : SIGN_IN;
  if (!actorKindsFor(permission).includes(actor.kind)) return wrongKind(actor);
  switch (actor.kind) {
    case 'deployToken':
      return scopeOfDeployToken(actor, permission, 'instance');
    case 'job':
      return wrongKind(actor);
    case 'user':
      return forUserOnInstance(actor, permission);
  }
}

function forUserOnInstance(actor: UserActor, permission: Permission): Refusal {
  const scoped = scopeOfUser(actor, permission);
  if (scoped) return scoped;
  if (actor.admin || USER_PERMISSIONS.includes(permission)) return ALLOWED;
  return deny(403, 'role_too_low', ONLY_ADMINISTRATORS);
}

function onTarget(actor: Actor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  const isForItsKind = actorKindsFor(permission).includes(actor.kind);
  switch (actor.kind) {
    case 'anonymous': {
      const isOpen = openTo(permission, facts) === 'public' && PUBLIC_PERMISSIONS.includes(permission);
      return isForItsKind && isOpen ? ALLOWED : SIGN_IN;
    }
    case 'user':
      return forUser(actor, permission, facts);
    case 'deployToken': {
      const idle = facts.on === 'project' ? switchedOff(actor, permission, facts) : null;
      if (idle) return idle;
      if (isForItsKind) return forDeployToken(actor, permission, facts);
      return reaches(actor, facts) ? wrongKind(actor) : outside(facts.on);
    }
    case 'job':
      return isVisible(actor, facts) ? wrongKind(actor) : invisible(facts);
  }
}

function forUser(actor: UserActor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  if (!isVisible(actor, facts)) return invisible(facts);
  const scoped = scopeOfUser(actor, permission);
  if (scoped) return scoped;
  const open = openTo(permission, facts) !== 'private' && PUBLIC_PERMISSIONS.includes(permission);
  if (actor.admin || open || roleAllows(facts.level, permission, facts.on)) return ALLOWED;
  const role = lowestRoleFor(permission, facts.on);
  const needed = role === undefined ? ONLY_ADMINISTRATORS : `This needs the role ${role} or higher in the ${facts.on}.`;
  return deny(403, 'role_too_low', needed);
}

function scopeOfUser(actor: UserActor, permission: Permission): Refusal {
  if (actor.token === null || personalScopeAllows(actor.token.scopes, permission)) return null;
  return deny(
    403,
    'missing_scope',
    `The personal access token needs the scope ${personalScopesThatAllow(permission).join(' or ')}; it has ${actor.token.scopes.join(', ')}.`,
  );
}

function isVisible(actor: Actor, facts: ProjectFacts | GroupFacts): boolean {
  if (facts.visibility === 'public') return true;
  switch (actor.kind) {
    case 'user':
      return facts.visibility === 'internal' || facts.level > 0 || actor.admin;
    case 'deployToken':
      return reaches(actor, facts);
    case 'anonymous':
    case 'job':
      return false;
  }
}

const invisible = (facts: Facts) =>
  deny(404, 'not_found', `There is no such ${facts.on}, or it cannot be seen with this credential.`);

const wrongKind = (actor: Actor): Refusal =>
  deny(403, 'actor_kind', `${nounOf(actor)} can never do this; it takes a user.`);

/** To other credentials, an object of one credential does not exist, even if their role or scope is higher. */
function ofAnother(actor: Actor, { owned }: DecisionFacts): Refusal {
  if (owned === null) return ALLOWED;
  const { kind, id } = credentialOf(actor);
  const isOwner = owned.by !== null && owned.by.kind === kind && owned.by.id === id;
  return isOwner ? ALLOWED : { ...deny(404, 'not_found', `${owned.what} not found`), subject: owned.what };
}

/** Operations that the state of the project or of the server forbids to every actor. */
function blockedByState(actor: Actor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  const { feature, writes } = permissionRow(permission);
  if (feature === undefined) return null;
  const where = whereOff(feature, facts);
  if (where !== null) {
    const message = `This ${where} has its ${feature} switched off.`;
    return deny(actor.kind === 'anonymous' ? 401 : 403, 'feature_disabled', message);
  }
  // Unarchiving, moving and deleting an archived project must stay possible.
  if (writes && facts.on === 'project' && facts.archived)
    return deny(403, 'archived', 'This project is archived: it can be read, not changed.');
  return null;
}

/** Where a feature is switched off; null: it is on. */
function whereOff(feature: Feature, facts: ProjectFacts | GroupFacts): 'server' | 'project' | null {
  if (feature !== 'repository' && !facts.instance[feature]) return 'server';
  return facts.on === 'project' && !facts.features[feature] ? 'project' : null;
}

/** The one thing of the registry that is no image, as scopes of tokens call it: `registry:catalog:*`. */
const CATALOGUE = 'catalog';

/** An actor that came with a bearer token does what the token was issued for and no more, whatever else it might do. */
function limitedByGrants(actor: Actor, permission: Permission, name: string | undefined): Refusal {
  if (!('grants' in actor) || actor.grants === undefined || permission === 'use_registry') return null;
  const action = actionOf(permission);
  const type = permission === 'list_images' ? 'registry' : 'repository';
  const granted = actor.grants.some(
    (grant) => action !== undefined && grant.type === type && grant.name === name && grant.actions.includes(action),
  );
  return granted ? null : deny(401, 'not_granted', 'The bearer token was not issued for this.');
}
