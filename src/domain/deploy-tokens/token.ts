import { inField, ruleBroken } from '../../lib/errors.ts';
import { hasUnprintable } from '../../lib/unprintable.ts';
import type { DeployTokenScope } from './scopes.ts';

export type DeployTokenOwner = { kind: 'project'; id: number } | { kind: 'group'; id: number };

/** A deploy token without its secret. */
export interface DeployToken {
  id: number;
  name: string;
  /** The user name to sign in with: its own, or the default. */
  username: string;
  /** `lineage`: today's, of the group, or of the namespace that the project is in. */
  owner: DeployTokenOwner & { lineage: string };
  scopes: DeployTokenScope[];
  /** The first instant at which it does not work; null: never. */
  expiresAt: number | null;
  revokedAt: number | null;
  /** The creator. For the record: its rights are its own. */
  creatorId: number | null;
  createdAt: number;
  lastUsed: { at: number; ip: string; protocol: string } | null;
}

export type DeployTokenState = 'active' | 'revoked' | 'expired';

export function stateOf(token: Pick<DeployToken, 'revokedAt' | 'expiresAt'>, now: number): DeployTokenState {
  if (token.revokedAt !== null) return 'revoked';
  if (token.expiresAt !== null && token.expiresAt <= now) return 'expired';
  return 'active';
}

export const defaultUsername = (id: number) => `gitlab+deploy-token-${id}`;

/** @throws PosternError the name as it is stored, or a sentence saying what is wrong with it. */
export function toName(name: string): string {
  if (name.trim() === '') throw inField('name', ruleBroken("Name can't be blank"));
  if (name.length > 255) throw inField('name', ruleBroken('Name is too long (maximum is 255 characters)'));
  if (hasUnprintable(name)) throw inField('name', ruleBroken('Name cannot contain control characters'));
  return name;
}

/** @throws PosternError the user name as it is stored, or a sentence saying what is wrong with it. */
export function toUsername(username: string): string {
  if (!/^[a-zA-Z0-9.+_-]+$/.test(username)) {
    throw inField('username', ruleBroken("Username can contain only letters, digits, '_', '-', '+', and '.'"));
  }
  if (username.length > 255) throw inField('username', ruleBroken('Username is too long (maximum is 255 characters)'));
  return username;
}
