import { type Actor, ANONYMOUS } from '../authz/actor.ts';
import type { SignInFailure, SignInLog, SignInOrigin } from '../domain/audit/sign-ins.ts';
import type { SecretCheck } from '../domain/deploy-tokens/deploy-tokens.ts';
import type { BearerCheck } from '../domain/images/access-tokens.ts';
import type { NotTried, User } from '../domain/users/users.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';
import type { Attempt, Attempts } from './attempts.ts';
import type { Credential } from './credentials.ts';
import type { HashGate } from './hash-gate.ts';
import {
  deployTokenActor,
  type LookUpDeps,
  lookUpActor,
  passwordActor,
  personalTokenActor,
  sessionActor,
} from './look-up-actor.ts';

/** Which kinds of credential a protocol takes, and how strictly. */
export interface CredentialPolicy {
  /** Deploy tokens are taken at all. */
  deployTokens: boolean;
  /** A user's password is enough, in Basic. */
  passwords: boolean;
  /** The user name sent with a deploy token must be the token's own. */
  exactUsername: boolean;
  /** Bearer tokens that the registry has issued are taken. */
  registryTokens?: boolean;
}

/** How the check of a credential ended; `outcome` is a word for logs and metrics. */
export type Authentication = { ok: true; actor: Actor; outcome: string } | RefusedCredential;

export interface RefusedCredential {
  ok: false;
  outcome: string;
  message: string;
  /** Over 0: there were too many failures; try again after so many seconds. */
  retryAfterSeconds: number;
}

export interface AuthenticationDeps extends LookUpDeps {
  signIns: SignInLog;
  attempts: Attempts;
  hashGate: HashGate;
}

interface Verdict {
  actor: Actor | null;
  outcome: string;
  message?: string;
  /** The account that the attempt is counted for, where that is not the login as it was typed. */
  account?: string;
  /** Nobody guessed at a secret: it is not counted as a failed attempt. */
  innocent?: true;
}

const NOBODY: Authentication = { ok: true, actor: ANONYMOUS, outcome: 'none' };
const NO_JOBS = 'This server runs no CI jobs, so job tokens are not accepted.';

/**
 * Finds out who presents a credential. None at all is `anonymous`; one that is not good is refused, also where
 * anonymous would have been let in: a machine with a dead key must learn of it.
 */
export function authenticate(
  deps: AuthenticationDeps,
  credential: Credential,
  policy: CredentialPolicy,
  from: SignInOrigin,
): MaybePromise<Authentication> {
  switch (credential.kind) {
    case 'none':
      return NOBODY;
    case 'malformed':
      return { ok: false, outcome: 'malformed', message: credential.why, retryAfterSeconds: 0 };
    case 'jobToken':
      return { ok: false, outcome: 'malformed', message: NO_JOBS, retryAfterSeconds: 0 };
    case 'session':
      return bySession(deps, credential.secret);
    case 'deployToken':
    case 'personalToken':
    case 'registryJwt':
    case 'password': {
      const attempt = {
        ip: from.ip,
        account: credential.kind === 'password' ? nameAccount(credential.username) : null,
      };
      return thenMaybe(check(deps, credential, policy, from), (verdict) => judged(deps.attempts, attempt, verdict));
    }
  }
}

type Checked = Extract<Credential, { kind: 'deployToken' | 'personalToken' | 'registryJwt' | 'password' }>;

function check(
  deps: AuthenticationDeps,
  credential: Checked,
  policy: CredentialPolicy,
  from: SignInOrigin,
): MaybePromise<Verdict> {
  switch (credential.kind) {
    case 'deployToken':
      return thenMaybe(deps.deployTokens.check(credential.token), (found) =>
        judgedDeployToken(found, credential, policy),
      );
    case 'personalToken':
      return byPersonalToken(deps, credential.token);
    case 'registryJwt':
      if (!policy.registryTokens) return byPersonalToken(deps, credential.token);
      return thenMaybe(deps.images.tokens.check(credential.token.text), (found) => byRegistryToken(deps, found));
    case 'password':
      return byNameAndSecret(deps, credential, policy, from);
  }
}

/** Counts a verdict, and makes the answer of it. */
function judged(attempts: Attempts, typed: Attempt, verdict: Verdict): MaybePromise<Authentication> {
  const { actor, outcome, account = typed.account } = verdict;
  const attempt = { ip: typed.ip, account };
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

const WRONG = 'The user name, password or token is wrong, or the token is expired or revoked.';

/** Its holder can use the secret elsewhere without a name: that it is good is no news. */
const NOT_ITS_USERNAME = 'The user name does not belong to this deploy token: use the one shown next to the token.';

const tooManyFailures = (seconds: number) => tooMany('Too many failed sign-ins.', seconds);

function tooMany(what: string, seconds: number): Authentication {
  const message = `${what} Try again in ${seconds} second${seconds === 1 ? '' : 's'}.`;
  return { ok: false, outcome: 'rate_limited', message, retryAfterSeconds: seconds };
}

/**
 * A session that is over is nobody's, and no refusal: its browser still sends the cookie, and its user may see what
 * everyone sees, and sign in again.
 */
async function bySession({ sessions }: AuthenticationDeps, secret: string): Promise<Authentication> {
  const { actor, outcome } = sessionActor(await sessions.check(secret));
  return { ok: true, actor: actor ?? ANONYMOUS, outcome };
}

async function byPersonalToken(
  { personalTokens }: AuthenticationDeps,
  token: Parameters<AuthenticationDeps['personalTokens']['check']>[0],
): Promise<Verdict> {
  return personalTokenActor(await personalTokens.check(token));
}

/** A secret without a prefix that we know may be the token of root, or a password where those are taken. */
async function byNameAndSecret(
  deps: AuthenticationDeps,
  { username, password, typed }: Extract<Credential, { kind: 'password' }>,
  policy: CredentialPolicy,
  from: SignInOrigin,
): Promise<Verdict> {
  if (!typed) {
    const personal = await byPersonalToken(deps, password);
    if (personal.actor || !policy.passwords) return personal;
  }
  return byPassword(deps, username, password.text, from);
}

function judgedDeployToken(
  found: SecretCheck,
  { via, username }: Extract<Credential, { kind: 'deployToken' }>,
  policy: CredentialPolicy,
): Verdict {
  const { outcome } = found;
  if (outcome !== 'active') return { actor: null, outcome: `deploy_token_${outcome}` };
  if (!policy.deployTokens || via === 'private-token') {
    return {
      actor: null,
      outcome: 'deploy_token_not_accepted',
      message: 'Deploy tokens are not accepted here: they are for git, images and packages.',
    };
  }
  if (username !== null && policy.exactUsername && username !== found.token.username)
    return { actor: null, outcome: 'deploy_token_wrong_username', message: NOT_ITS_USERNAME };
  return { actor: deployTokenActor(found.token), outcome: 'deploy_token_active' };
}

const BEARER_OVER = 'The bearer token is expired or invalid: request a new one.';

/** A bearer token of the registry says whose it is; whether that is still good for anything is asked every time. */
function byRegistryToken(deps: AuthenticationDeps, check: BearerCheck): MaybePromise<Verdict> {
  if (check.outcome !== 'valid')
    return { actor: null, outcome: `registry_token_${check.outcome}`, message: BEARER_OVER, innocent: true };
  return thenMaybe(lookUpActor(deps, check.holder), ({ actor, outcome }): Verdict => {
    if (!actor) return { actor, outcome, innocent: true };
    const withheld = check.withheld.map((name) => ({ type: 'repository', name, actions: [] }) as const);
    return { actor: { ...actor, grants: [...check.access, ...withheld] }, outcome: 'registry_token_active' };
  });
}

async function byPassword(
  { users, attempts, hashGate, signIns }: AuthenticationDeps,
  username: string,
  password: string,
  from: SignInOrigin,
): Promise<Verdict> {
  const check = await users.checkPassword(username, password, async (verify, user) => {
    const attempt = { ip: from.ip, account: accountOf(user, username) };
    const mayTry = async () => (await attempts.passwordWait(attempt)) === 0;
    if (!(await mayTry())) return 'not_tried';
    // Asked again when it is its turn: of a hundred guesses sent at once, most have waited while others failed.
    return hashGate.run<boolean | NotTried>(from.ip, async () => ((await mayTry()) ? verify() : 'not_tried'));
  });
  const account = accountOf(check.user, username);
  if (check.outcome === 'ok') {
    signIns.succeeded(check.user, from);
    return { actor: passwordActor(check.user, check.mark), outcome: 'password_right', account };
  }
  signIns.failed(check.user, failureOf(check), from);
  if (check.outcome === 'wrong') return { actor: null, outcome: 'password_wrong', account };
  return { actor: null, outcome: check.outcome === 'blocked' ? 'user_blocked' : check.outcome, account };
}

/** The guesses at one user are counted together, whether they name the user or the e-mail address. */
const accountOf = (user: User | null, login: string): string => (user ? `user ${user.id}` : nameAccount(login));
const nameAccount = (login: string): string => `name ${login.toLowerCase()}`;

function failureOf({ outcome, user }: { outcome: string; user: User | null }): SignInFailure {
  if (outcome === 'not_tried' || outcome === 'busy') return 'rate_limited';
  if (user === null) return 'unknown_user';
  return outcome === 'blocked' ? 'user_blocked' : 'wrong_password';
}
