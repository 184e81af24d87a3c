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
  | 'feature_disabled'
  | 'archived';

export type Decision = { allow: true } | Denial;

export interface Denial {
  allow: false;
  reason: DenyReason;
  /** What may be told to whoever manages the credential; also to the one who asks, when `reveal` is 403. */
  message: string;
  /** What the caller may learn: 401 sign in; 403 it is there, but not for you; 404 there is nothing for you to see. */
  reveal: 401 | 403 | 404;
  /** What was asked for. */
  permission: Permission;
  /** What was asked about. */
  on: 'project' | 'group' | 'instance';
  /** Whether the caller may know that it is there. */
  visible: boolean;
  /** What is not there, where that is not the project or group: `upload`. */
  subject?: string;
}

/** Null: allowed. */
export type Refusal = Pick<Denial, 'reason' | 'message' | 'reveal' | 'subject'> | null;

export const ALLOWED: Refusal = null;
export const deny = (reveal: Denial['reveal'], reason: DenyReason, message: string) => ({ reason, message, reveal });

/** The same words for what is elsewhere and for what is not there: a protocol may print them. */
export const outside = (what: string) =>
  deny(404, 'outside_reach', `The deploy token reaches no such ${what}: it belongs to another project or group.`);
