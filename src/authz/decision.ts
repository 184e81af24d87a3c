import type { Permission } from './permissions.ts';

export type DenyReason =
  | 'not_signed_in'
  | 'not_found'
  | 'actor_kind'
  | 'token_inactive'
  | 'outside_reach'
  | 'missing_scope'
  | 'not_granted'
  | 'role_too_low'
  | 'package_protected'
  | 'above_own_role'
  | 'feature_disabled'
  | 'archived';

export type Decision = { allow: true } | Denial;

export interface Denial {
  allow: false;
  reason: DenyReason;
  /** A sentence for the managers of the credential, and for the caller when `reveal` is 403. */
  message: string;
  /**
   * The status that the caller gets: 401 sign in; 403 it exists, and is not permitted; 404 it does not exist, as far as
   * the caller may know.
   */
  reveal: 401 | 403 | 404;
  /** The permission that was requested. */
  permission: Permission;
  /** The kind of target. */
  on: 'project' | 'group' | 'instance';
  /** Whether the caller may know that the target exists. */
  visible: boolean;
  /** The noun of a missing object within the target: `upload`. */
  subject?: string;
}

/** Null: allowed. */
export type Refusal = Pick<Denial, 'reason' | 'message' | 'reveal' | 'subject'> | null;

export const ALLOWED: Refusal = null;
export const deny = (reveal: Denial['reveal'], reason: DenyReason, message: string) => ({ reason, message, reveal });

/** The same words for what is elsewhere and for what is not there: a protocol may print them. */
export const outside = (what: string) =>
  deny(404, 'outside_reach', `The deploy token reaches no such ${what}: it belongs to another project or group.`);
