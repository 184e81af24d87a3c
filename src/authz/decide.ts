import type { Facts, GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import { covers } from '../lib/lineage.ts';
import type { Actor, ActorKind, DeployTokenActor, UserActor } from './actor.ts';
import { actionOf, type Feature, type Permission, permissionRow, type Subject } from './permissions.ts';
import { ANONYMOUS_PERMISSIONS, PUBLIC_PERMISSIONS, roleAllows, USER_PERMISSIONS } from './roles.ts';
import { deployScopeAllows, personalScopeAllows, scopesThatAllow } from './scopes.ts';

export type DenyReason =
  | 'not_signed_in'
  | 'not_found'
  | 'actor_kind'
  | 'token_inactive'
  | 'outside_reach'
  | 'missing_scope'
  | 'not_granted'
  | 'role_too_low'
  | 'feature_disabled'
  | 'archived';

export type Decision = { allow: true } | Denial;

export interface Denial {
  allow: false;
  reason: DenyReason;
  /** What may be told to whoever manages the credential; also to the one who asks, when `reveal` is 403. */
  message: string;
  /** What the asker may learn: 401 sign in; 403 it is there, but not for you; 404 there is nothing for you to see. */
  reveal: 401 | 403 | 404;
  /** What was asked for. */
  permission: Permission;
  /** What was asked about. */
  on: 'project' | 'group' | 'instance';
  /** Whether the asker may know that it is there. */
  visible: boolean;
}

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
  destroy_package: ['user', 'deployToken', 'job'],
};

export function actorKindsFor(permission: Permission): readonly ActorKind[] {
  return ACTOR_KINDS[permission] ?? ['user'];
}

/**
 * What a token that does not reach a public project may do there, as anyone may. Code is not in it: git refuses such a
 * token at sign-in.
 */
const PUBLIC_TO_ANY_TOKEN: readonly Permission[] = [
  'read_project',
  'read_group',
  'read_container_image',
  'read_package',
];

/**
 * Whether an actor may do something, on these facts alone. Pure: no I/O, no clock. Whatever no rule allows is denied,
 * and a denial always says why.
 */
export function decide(actor: Actor, permission: Permission, facts: Facts): Decision {
  const refusal = judge(actor, permission, facts);
  if (!refusal) return { allow: true };
  const on = facts.on === 'missing' ? facts.what : facts.on;
  return {
    allow: false,
    ...refusal,
    permission,
    on,
    visible: facts.on !== 'missing' && (facts.on === 'instance' || isVisible(actor, facts)),
  };
}

/** Null: allowed. */
type Refusal = Pick<Denial, 'reason' | 'message' | 'reveal'> | null;

const ALLOWED: Refusal = null;
const deny = (reveal: Denial['reveal'], reason: DenyReason, message: string) => ({ reason, message, reveal });

function judge(actor: Actor, permission: Permission, facts: Facts): Refusal {
  if (facts.on === 'missing') return missing(actor, facts.what, facts.within);
  if (facts.on === 'instance') return onInstance(actor, permission) ?? limitedByGrants(actor, permission, CATALOGUE);
  return (
    onTarget(actor, permission, facts) ??
    blockedByState(actor, permission, facts) ??
    limitedByGrants(actor, permission, facts.on === 'project' ? facts.image : undefined)
  );
}

const SIGN_IN = deny(401, 'not_signed_in', 'Sign in to do this.');

function missing(actor: Actor, what: string, within: string | null): Refusal {
  if (actor.kind === 'anonymous') return SIGN_IN;
  const message = `There is no such ${what}, or it cannot be seen with this credential.`;
  if (actor.kind !== 'deployToken') return deny(404, 'not_found', message);
  const owner = actor.token.owner;
  // Only a token that reaches everything around the gap may learn that it is one; to others it looks like a project of
  // someone else.
  const mayKnow = owner.kind === 'group' && within !== null && covers(owner.lineage, within);
  return mayKnow ? deny(404, 'not_found', message) : outside(what);
}

function onInstance(actor: Actor, permission: Permission): Refusal {
  if (actor.kind === 'anonymous') return ANONYMOUS_PERMISSIONS.includes(permission) ? ALLOWED : SIGN_IN;
  if (!actorKindsFor(permission).includes(actor.kind)) return wrongKind(actor);
  if (actor.kind === 'deployToken') return scopeOfDeployToken(actor, permission, 'instance');
  if (actor.kind !== 'user') return wrongKind(actor);
  const scoped = scopeOfUser(actor, permission);
  if (scoped) return scoped;
  if (actor.admin || USER_PERMISSIONS.includes(permission)) return ALLOWED;
  return deny(403, 'role_too_low', 'Only administrators may do this.');
}

function onTarget(actor: Actor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  const idle = actor.kind === 'deployToken' && facts.on === 'project' ? switchedOff(actor, permission, facts) : null;
  if (idle) return idle;
  if (!actorKindsFor(permission).includes(actor.kind)) {
    if (actor.kind === 'anonymous') return SIGN_IN;
    if (actor.kind === 'deployToken') return reaches(actor, facts) ? wrongKind(actor) : outside(facts.on);
    return isVisible(actor, facts) ? wrongKind(actor) : invisible(facts);
  }
  switch (actor.kind) {
    case 'anonymous':
      return openTo(permission, facts) === 'public' && PUBLIC_PERMISSIONS.includes(permission) ? ALLOWED : SIGN_IN;
    case 'user':
      return forUser(actor, permission, facts);
    case 'deployToken':
      return forDeployToken(actor, permission, facts);
    case 'job':
      return isVisible(actor, facts) ? wrongKind(actor) : invisible(facts);
  }
}

/**
 * Who may do what anyone may: a feature for members alone is as private as in a private project, whoever sees that it
 * is there.
 */
function openTo(permission: Permission, facts: ProjectFacts | GroupFacts): ProjectFacts['visibility'] {
  const { feature } = permissionRow(permission);
  return facts.on === 'project' && feature !== undefined && facts.membersOnly[feature] ? 'private' : facts.visibility;
}

function forUser(actor: UserActor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  if (!isVisible(actor, facts)) return invisible(facts);
  const scoped = scopeOfUser(actor, permission);
  if (scoped) return scoped;
  const open = openTo(permission, facts) !== 'private' && PUBLIC_PERMISSIONS.includes(permission);
  if (actor.admin || open || roleAllows(facts.level, permission, facts.on)) return ALLOWED;
  return deny(403, 'role_too_low', `The role of ${actor.username} on this ${facts.on} does not allow this.`);
}

function scopeOfUser(actor: UserActor, permission: Permission): Refusal {
  if (actor.token === null || personalScopeAllows(actor.token.scopes, permission)) return null;
  return deny(
    403,
    'missing_scope',
    `The personal access token has not the scope for this; it has ${actor.token.scopes.join(', ')}.`,
  );
}

function forDeployToken(actor: DeployTokenActor, permission: Permission, facts: ProjectFacts | GroupFacts): Refusal {
  if (actor.state !== 'active') return inactive(actor);
  const open = openTo(permission, facts) === 'public' && PUBLIC_TO_ANY_TOKEN.includes(permission);
  if (!reaches(actor, facts)) return open || looksForItsOwn(actor, permission, facts) ? ALLOWED : outside(facts.on);
  return open ? ALLOWED : scopeOfDeployToken(actor, permission, facts.on);
}

const inactive = (actor: DeployTokenActor) => deny(401, 'token_inactive', `The deploy token is ${actor.state}.`);

function scopeOfDeployToken(actor: DeployTokenActor, permission: Permission, on: Subject): Refusal {
  if (actor.state !== 'active') return inactive(actor);
  if (deployScopeAllows(actor.scopes, permission, on)) return ALLOWED;
  const needed = scopesThatAllow(permission).join(' or ');
  return deny(403, 'missing_scope', `The deploy token needs the scope ${needed}; it has ${actor.scopes.join(', ')}.`);
}

/**
 * GitLab takes a deploy token for no credential at all where what it is for is switched off: the repository of its
 * project for code, the registry of the server for a token that is for images alone. So git says 401 and not 403.
 */
function switchedOff(actor: DeployTokenActor, permission: Permission, facts: ProjectFacts): Refusal {
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

function isVisible(actor: Actor, facts: ProjectFacts | GroupFacts): boolean {
  if (facts.visibility === 'public') return true;
  if (actor.kind === 'user') return facts.visibility === 'internal' || facts.level > 0 || actor.admin;
  return actor.kind === 'deployToken' && reaches(actor, facts);
}

const invisible = (facts: Facts) =>
  deny(404, 'not_found', `There is no such ${facts.on}, or it cannot be seen with this credential.`);

/** The same words for what is elsewhere and for what is not there: a protocol may print them. */
const outside = (what: string) =>
  deny(404, 'outside_reach', `The deploy token reaches no such ${what}: it belongs to another project or group.`);

function wrongKind(actor: Actor): Refusal {
  const what = actor.kind === 'deployToken' ? 'A deploy token' : 'A CI job';
  return deny(403, 'actor_kind', `${what} can never do this; it takes a user.`);
}

/** What the state of the project, or of the server, forbids to everyone. */
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
