import { type Actor, ANONYMOUS, type UserActor } from '../authz/actor.ts';
import type { DeployTokens } from '../domain/deploy-tokens/deploy-tokens.ts';
import { effectiveScopes } from '../domain/deploy-tokens/scopes.ts';
import type { PersonalTokens } from '../domain/personal-tokens/personal-tokens.ts';
import type { User, Users } from '../domain/users/users.ts';
import { inspectToken } from '../lib/token-format.ts';
import type { Attempt, Attempts } from './attempts.ts';
import type { Credential } from './credentials.ts';

/** What a room takes: which kinds of credential, and how strictly. */
export interface CredentialPolicy {
  /** Deploy tokens come through this door at all. */
  deployTokens: boolean;
  /** A user's password is enough, in Basic. */
  passwords: boolean;
  /** The user name sent with a deploy token must be the token's own. */
  exactUsername: boolean;
}

/** How the look at a credential ended; `outcome` is a word for logs and metrics. */
export type Authentication =
  | { ok: true; actor: Actor; outcome: string }
  | { ok: false; outcome: string; message: string; retryAfterSeconds: number };

export interface AuthnDeps {
  users: Users;
  personalTokens: PersonalTokens;
  deployTokens: DeployTokens;
  attempts: Attempts;
}

interface Verdict {
  actor: Actor | null;
  outcome: string;
  message?: string;
}

/**
 * Finds out who presents a credential. None at all is `anonymous`; one that is not good is a refusal, also where
 * anonymous would have been let in: a machine with a dead key must learn of it.
 */
export async function authenticate(
  deps: AuthnDeps,
  credential: Credential,
  policy: CredentialPolicy,
  ip: string,
): Promise<Authentication> {
  if (credential.form === 'none') return { ok: true, actor: ANONYMOUS, outcome: 'none' };
  if (credential.form === 'malformed')
    return { ok: false, outcome: 'malformed', message: credential.why, retryAfterSeconds: 0 };
  const attempt: Attempt = { ip, account: credential.form === 'basic' ? credential.username : null };
  const verdict = await look(deps, credential, policy, attempt);
  if (verdict.actor) {
    deps.attempts.succeeded(attempt);
    return { ok: true, actor: verdict.actor, outcome: verdict.outcome };
  }
  if (verdict.outcome === 'not_tried') return tooMany(deps.attempts.passwordWait(attempt));
  deps.attempts.failed(attempt);
  const wait = deps.attempts.failureWait(attempt);
  if (wait > 0) return tooMany(wait);
  return { ok: false, outcome: verdict.outcome, message: verdict.message ?? WRONG, retryAfterSeconds: 0 };
}

const WRONG = 'The user name, password or token is wrong, or the token is expired or revoked.';

function tooMany(seconds: number): Authentication {
  const message = `Too many failed sign-ins. Try again in ${seconds} seconds.`;
  return { ok: false, outcome: 'rate_limited', message, retryAfterSeconds: seconds };
}

type Presented = Exclude<Credential, { form: 'none' } | { form: 'malformed' }>;

async function look(
  deps: AuthnDeps,
  credential: Presented,
  policy: CredentialPolicy,
  attempt: Attempt,
): Promise<Verdict> {
  const secret = credential.form === 'basic' ? credential.password : credential.token;
  if (inspectToken(secret).prefix === 'gldt-') return byDeployToken(deps, credential, secret, policy);
  if (credential.form === 'deploy-token')
    return { actor: null, outcome: 'malformed', message: 'This is not a deploy token.' };
  const personal = await byPersonalToken(deps, secret);
  if (personal.actor || credential.form !== 'basic' || !policy.passwords || inspectToken(secret).prefix !== null)
    return personal;
  return byPassword(deps, credential.username, credential.password, attempt);
}

async function byDeployToken(
  deps: AuthnDeps,
  credential: Presented,
  secret: string,
  policy: CredentialPolicy,
): Promise<Verdict> {
  const check = await deps.deployTokens.check(secret);
  if (check.outcome !== 'active') return { actor: null, outcome: `deploy_token_${check.outcome}` };
  const { token, outcome: state } = check;
  if (!policy.deployTokens || credential.form === 'private-token') {
    return {
      actor: null,
      outcome: 'deploy_token_not_accepted',
      message: 'Deploy tokens are not accepted here: they are for git, images and packages.',
    };
  }
  if (credential.form === 'basic' && policy.exactUsername && credential.username !== token.username) {
    return { actor: null, outcome: 'deploy_token_wrong_username' };
  }
  return {
    actor: { kind: 'deployToken', token, scopes: effectiveScopes(token), state },
    outcome: 'deploy_token_active',
  };
}

async function byPersonalToken(deps: AuthnDeps, secret: string): Promise<Verdict> {
  const check = await deps.personalTokens.check(secret);
  if (check.outcome !== 'active') return { actor: null, outcome: `personal_token_${check.outcome}` };
  const { token, user } = check;
  return { actor: toActor(user, { id: token.id, scopes: token.scopes }), outcome: 'personal_token_active' };
}

async function byPassword(deps: AuthnDeps, username: string, password: string, attempt: Attempt): Promise<Verdict> {
  const check = await deps.users.checkPassword(username, password, deps.attempts.passwordWait(attempt) === 0);
  if (check.outcome === 'ok') return { actor: toActor(check.user, null), outcome: 'password_right' };
  if (check.outcome === 'not_tried') return { actor: null, outcome: 'not_tried' };
  return { actor: null, outcome: check.outcome === 'blocked' ? 'user_blocked' : 'password_wrong' };
}

export function toActor(user: User, token: UserActor['token']): UserActor {
  return { kind: 'user', id: user.id, username: user.username, admin: user.admin, token };
}
