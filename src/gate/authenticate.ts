import { type Actor, ANONYMOUS, type DeployTokenActor, type UserActor } from '../authz/actor.ts';
import type { SignInFailure, SignInLog, SignInOrigin } from '../domain/audit/sign-ins.ts';
import type { DeployTokens, SecretCheck } from '../domain/deploy-tokens/deploy-tokens.ts';
import { effectiveScopes } from '../domain/deploy-tokens/scopes.ts';
import type { DeployToken } from '../domain/deploy-tokens/token.ts';
import type { BearerCheck, TokenSubject } from '../domain/images/access-tokens.ts';
import type { Images } from '../domain/images/images.ts';
import type { PersonalTokenCheck, PersonalTokens } from '../domain/personal-tokens/personal-tokens.ts';
import type { Sessions } from '../domain/sessions/sessions.ts';
import type { NotTried, User, Users } from '../domain/users/users.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';
import { inspectToken } from '../lib/token-format.ts';
import type { Attempt, Attempts } from './attempts.ts';
import type { Credential } from './credentials.ts';
import type { HashGate } from './hash-gate.ts';

export type { SignInOrigin };

/** What a protocol takes: which kinds of credential, and how strictly. */
export interface CredentialPolicy {
  /** Deploy tokens come through this door at all. */
  deployTokens: boolean;
  /** A user's password is enough, in Basic. */
  passwords: boolean;
  /** The user name sent with a deploy token must be the token's own. */
  exactUsername: boolean;
  /** Bearer tokens that the registry has issued are taken. */
  registryTokens?: boolean;
}

/** How the look at a credential ended; `outcome` is a word for logs and metrics. */
export type Authentication =
  | { ok: true; actor: Actor; outcome: string }
  | { ok: false; outcome: string; message: string; retryAfterSeconds: number };

export interface AuthnDeps {
  users: Users;
  personalTokens: PersonalTokens;
  deployTokens: DeployTokens;
  sessions: Pick<Sessions, 'check'>;
  signIns: SignInLog;
  attempts: Attempts;
  hashGate: HashGate;
  images: Pick<Images, 'tokens'>;
}

interface Verdict {
  actor: Actor | null;
  outcome: string;
  message?: string;
  /** Nobody guessed at a secret: it is not counted as a failed attempt. */
  innocent?: true;
}

/**
 * Finds out who presents a credential. None at all is `anonymous`; one that is not good is a refusal, also where
 * anonymous would have been let in: a machine with a dead key must learn of it.
 */
export function authenticate(
  deps: AuthnDeps,
  credential: Credential,
  policy: CredentialPolicy,
  from: SignInOrigin,
): MaybePromise<Authentication> {
  if (credential.form === 'none') return { ok: true, actor: ANONYMOUS, outcome: 'none' };
  if (credential.form === 'malformed')
    return { ok: false, outcome: 'malformed', message: credential.why, retryAfterSeconds: 0 };
  if (credential.form === 'session') return bySession(deps, credential.secret);
  const attempt: Attempt = { ip: from.ip, account: accountOf(credential) };
  return thenMaybe(look(deps, credential, policy, from), (verdict) => judged(deps.attempts, attempt, verdict));
}

/** Counts a verdict, and makes the answer of it. */
function judged(attempts: Attempts, attempt: Attempt, verdict: Verdict): MaybePromise<Authentication> {
  const { actor, outcome } = verdict;
  if (!actor) return refused(attempts, attempt, verdict);
  return thenMaybe(attempts.succeeded(attempt), () => ({ ok: true, actor, outcome }));
}

async function refused(attempts: Attempts, attempt: Attempt, verdict: Verdict): Promise<Authentication> {
  if (verdict.outcome === 'busy') return tooMany('Too many sign-ins at once.', 1);
  if (verdict.outcome === 'not_tried') return tooManyFailures(Math.max(1, await attempts.passwordWait(attempt)));
  if (!verdict.innocent) {
    const wait = await attempts.failed(attempt);
    if (wait > 0) return tooManyFailures(wait);
  }
  return { ok: false, outcome: verdict.outcome, message: verdict.message ?? WRONG, retryAfterSeconds: 0 };
}

/** Whose password is tried, when it is one: a token names no account until it is found to be good. */
function accountOf(credential: Credential): string | null {
  if (credential.form === 'password') return credential.username;
  return credential.form === 'basic' && inspectToken(credential.password).prefix === null ? credential.username : null;
}

const WRONG = 'The user name, password or token is wrong, or the token is expired or revoked.';

/** Who holds the secret can use it elsewhere without a name: that it is good is no news. */
const NOT_ITS_USERNAME = 'The user name sent with this deploy token is not its own: it is shown beside the token.';

const tooManyFailures = (seconds: number) => tooMany('Too many failed sign-ins.', seconds);

function tooMany(what: string, seconds: number): Authentication {
  const message = `${what} Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`;
  return { ok: false, outcome: 'rate_limited', message, retryAfterSeconds: seconds };
}

/**
 * A session that is over is nobody's, and no refusal: its browser still sends the cookie, and whoever sits before it
 * may see what everyone sees, and sign in again.
 */
async function bySession({ sessions }: AuthnDeps, secret: string): Promise<Authentication> {
  const check = await sessions.check(secret);
  const outcome = `session_${check.outcome}`;
  if (check.outcome !== 'active') return { ok: true, actor: ANONYMOUS, outcome };
  return { ok: true, actor: { ...toActor(check.user, null), sessionId: check.session.id }, outcome };
}

type Presented = Exclude<Credential, { form: 'none' } | { form: 'malformed' } | { form: 'session' }>;

function look(
  deps: AuthnDeps,
  credential: Presented,
  policy: CredentialPolicy,
  from: SignInOrigin,
): MaybePromise<Verdict> {
  if (credential.form === 'password') return byPassword(deps, credential.username, credential.password, from);
  const secret = credential.form === 'basic' ? credential.password : credential.token;
  if (inspectToken(secret).prefix === 'gldt-') return byDeployToken(deps, credential, secret, policy);
  if (credential.form === 'deploy-token')
    return { actor: null, outcome: 'malformed', message: 'This is not a deploy token.' };
  if (credential.form === 'bearer' && policy.registryTokens && hasThreeParts(secret))
    return thenMaybe(deps.images.tokens.check(secret), (check) => byRegistryToken(deps, check));
  return byPersonalToken(deps, credential, secret, policy, from);
}

/** A secret without a prefix that we know may be a password, where those are taken. */
async function byPersonalToken(
  deps: AuthnDeps,
  credential: Presented,
  secret: string,
  policy: CredentialPolicy,
  from: SignInOrigin,
): Promise<Verdict> {
  const personal = toPersonal(await deps.personalTokens.check(secret));
  if (personal.actor || credential.form !== 'basic' || !policy.passwords || inspectToken(secret).prefix !== null)
    return personal;
  return byPassword(deps, credential.username, credential.password, from);
}

/** As a JWT has, with dots between them. */
function hasThreeParts(secret: string): boolean {
  const second = secret.indexOf('.', secret.indexOf('.') + 1);
  return second > 0 && second === secret.lastIndexOf('.');
}

function byDeployToken(
  deps: AuthnDeps,
  credential: Presented,
  secret: string,
  policy: CredentialPolicy,
): MaybePromise<Verdict> {
  return thenMaybe(deps.deployTokens.check(secret), (check) => judgedDeployToken(check, credential, policy));
}

function judgedDeployToken(check: SecretCheck, credential: Presented, policy: CredentialPolicy): Verdict {
  if (check.outcome !== 'active') return { actor: null, outcome: `deploy_token_${check.outcome}` };
  const { token } = check;
  if (!policy.deployTokens || credential.form === 'private-token') {
    return {
      actor: null,
      outcome: 'deploy_token_not_accepted',
      message: 'Deploy tokens are not accepted here: they are for git, images and packages.',
    };
  }
  if (credential.form === 'basic' && policy.exactUsername && credential.username !== token.username) {
    return { actor: null, outcome: 'deploy_token_wrong_username', message: NOT_ITS_USERNAME };
  }
  return { actor: deployTokenActor(token), outcome: 'deploy_token_active' };
}

const deployTokenActor = (token: DeployToken): DeployTokenActor => ({
  kind: 'deployToken',
  token,
  scopes: effectiveScopes(token),
  state: 'active',
});

const BEARER_OVER = 'The bearer token is over or not one of ours: get a new one.';

/** A bearer token of the registry says whose it is; whether that is still good for anything is asked every time. */
function byRegistryToken(deps: AuthnDeps, check: BearerCheck): MaybePromise<Verdict> {
  if (check.outcome !== 'valid')
    return { actor: null, outcome: `registry_token_${check.outcome}`, message: BEARER_OVER, innocent: true };
  return thenMaybe(byHolder(deps, check.holder), ({ actor, outcome }): Verdict => {
    if (!actor) return { actor, outcome, innocent: true };
    return { actor: { ...actor, grants: check.access }, outcome: 'registry_token_active' };
  });
}

function byHolder(
  deps: AuthnDeps,
  holder: TokenSubject,
): MaybePromise<{ actor: Exclude<Actor, { kind: 'job' }> | null; outcome: string }> {
  switch (holder.kind) {
    case 'anonymous':
      return { actor: ANONYMOUS, outcome: 'anonymous' };
    case 'deployToken':
      return thenMaybe(deps.deployTokens.checkById(holder.id), (check) => ({
        actor: check.outcome === 'active' ? deployTokenActor(check.token) : null,
        outcome: `deploy_token_${check.outcome}`,
      }));
    case 'personalToken':
      return thenMaybe(deps.personalTokens.checkById(holder.id), toPersonal);
    case 'user':
      return thenMaybe(deps.users.find(holder.id), (user) => ({
        actor: user && !user.blocked ? toActor(user, null) : null,
        outcome: user?.blocked ? 'user_blocked' : 'user_unknown',
      }));
  }
}

function toPersonal(check: PersonalTokenCheck): { actor: UserActor | null; outcome: string } {
  if (check.outcome !== 'active') return { actor: null, outcome: `personal_token_${check.outcome}` };
  const { token, user } = check;
  return { actor: toActor(user, { id: token.id, scopes: token.scopes }), outcome: 'personal_token_active' };
}

async function byPassword(
  { users, attempts, hashGate, signIns }: AuthnDeps,
  username: string,
  password: string,
  from: SignInOrigin,
): Promise<Verdict> {
  const mayTry = async () => (await attempts.passwordWait({ ip: from.ip, account: username })) === 0;
  const check = await users.checkPassword(username, password, async (verify) => {
    if (!(await mayTry())) return 'not_tried';
    // Asked again when it is its turn: of a hundred guesses sent at once, most have waited while others failed.
    return hashGate.run<boolean | NotTried>(from.ip, async () => ((await mayTry()) ? verify() : 'not_tried'));
  });
  if (check.outcome === 'ok') {
    signIns.succeeded(check.user, from);
    return { actor: toActor(check.user, null), outcome: 'password_right' };
  }
  signIns.failed(check.user, failureOf(check), from);
  if (check.outcome === 'wrong') return { actor: null, outcome: 'password_wrong' };
  return { actor: null, outcome: check.outcome === 'blocked' ? 'user_blocked' : check.outcome };
}

function failureOf({ outcome, user }: { outcome: string; user: User | null }): SignInFailure {
  if (outcome === 'not_tried' || outcome === 'busy') return 'rate_limited';
  if (user === null) return 'unknown_user';
  return outcome === 'blocked' ? 'user_blocked' : 'wrong_password';
}

function toActor(user: User, token: UserActor['token']): UserActor {
  return { kind: 'user', id: user.id, username: user.username, admin: user.admin, token };
}
