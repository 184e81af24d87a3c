import { type Actor, ANONYMOUS, type DeployTokenActor, type UserActor } from '../authz/actor.ts';
import type { Tx } from '../domain/access/confirm.ts';
import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { DeployTokens, SecretCheck } from '../domain/deploy-tokens/deploy-tokens.ts';
import { effectiveScopes } from '../domain/deploy-tokens/scopes.ts';
import type { DeployToken } from '../domain/deploy-tokens/token.ts';
import type { Images } from '../domain/images/images.ts';
import type { PersonalTokenCheck, PersonalTokens } from '../domain/personal-tokens/personal-tokens.ts';
import type { SessionCheck, Sessions } from '../domain/sessions/sessions.ts';
import type { User, Users } from '../domain/users/users.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';

export interface LookUpDeps {
  users: Users;
  personalTokens: PersonalTokens;
  deployTokens: DeployTokens;
  sessions: Pick<Sessions, 'check' | 'checkById'>;
  images: Pick<Images, 'tokens'>;
}

/** The actor; null, with an outcome that says why, when the credential is not valid. */
export interface LookedUp {
  actor: Actor | null;
  outcome: string;
}

/**
 * Looks an actor up again by its credential, as both are now: for a bearer token of ours, which is no answer by itself,
 * and in a transaction that confirms.
 * @param tx left out: outside of any transaction.
 */
export function lookUpActor(deps: LookUpDeps, credential: CredentialRef, tx?: Tx): MaybePromise<LookedUp> {
  switch (credential.kind) {
    case 'anonymous':
      return NOBODY;
    case 'deployToken':
      return thenMaybe(deps.deployTokens.checkById(credential.id, tx), ofDeployToken);
    case 'personalToken':
      return thenMaybe(deps.personalTokens.checkById(credential.id, tx), personalTokenActor);
    case 'session':
      return thenMaybe(deps.sessions.checkById(credential.id, tx), sessionActor);
    case 'user':
      return byPasswordMark(deps, credential, tx);
    case 'job':
      return NO_JOBS;
  }
}

const NOBODY: LookedUp = { actor: ANONYMOUS, outcome: 'anonymous' };
const NO_JOBS: LookedUp = { actor: null, outcome: 'job_unknown' };

const ofDeployToken = (check: SecretCheck): LookedUp => ({
  actor: check.outcome === 'active' ? deployTokenActor(check.token) : null,
  outcome: `deploy_token_${check.outcome}`,
});

export const deployTokenActor = (token: DeployToken): DeployTokenActor => ({
  kind: 'deployToken',
  token,
  scopes: effectiveScopes(token),
  state: 'active',
});

export function personalTokenActor(check: PersonalTokenCheck): LookedUp {
  if (check.outcome !== 'active') return { actor: null, outcome: `personal_token_${check.outcome}` };
  const { id, scopes } = check.token;
  return { actor: { ...userActor(check.user), token: { id, scopes } }, outcome: 'personal_token_active' };
}

export function sessionActor(check: SessionCheck): LookedUp {
  if (check.outcome !== 'active') return { actor: null, outcome: `session_${check.outcome}` };
  return { actor: { ...userActor(check.user), sessionId: check.session.id }, outcome: 'session_active' };
}

async function byPasswordMark(
  { users }: Pick<LookUpDeps, 'users'>,
  { id, passwordMark: mark = '' }: Extract<CredentialRef, { kind: 'user' }>,
  tx?: Tx,
): Promise<LookedUp> {
  const user = await users.findByPasswordMark(id, mark, tx);
  if (!user) return { actor: null, outcome: 'password_changed' };
  return user.blocked
    ? { actor: null, outcome: 'user_blocked' }
    : { actor: passwordActor(user, mark), outcome: 'user_active' };
}

/** A user with all their rights, by a password that was right. @param mark the mark of the password. */
export const passwordActor = (user: User, mark: string): UserActor => ({ ...userActor(user), passwordMark: mark });

/** A user with all their rights, to whom a password, a token or a session is added. */
function userActor({ id, username, admin }: User): UserActor {
  return { kind: 'user', id, username, admin, token: null };
}
