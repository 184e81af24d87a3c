import { type InspectedToken, inspectToken } from '../lib/token-format.ts';

/** How a secret came, where that decides what it is good for. */
export type Via = 'basic' | 'bearer' | 'private-token' | 'deploy-token';

/** What somebody presents, by its looks: what it is, before anyone has looked whether it is good for anything. */
export type Credential =
  | { kind: 'none' }
  | { kind: 'malformed'; why: string }
  | { kind: 'deployToken'; token: InspectedToken; via: Via; username: string | null }
  /** One of ours by its prefix; or a text without one, as the token of root may be. */
  | { kind: 'personalToken'; token: InspectedToken }
  /**
   * Three parts with dots between them, as a Bearer: for protocols that issue such tokens. Elsewhere it is a personal
   * token.
   */
  | { kind: 'registryJwt'; token: InspectedToken }
  | { kind: 'jobToken' }
  /** `typed` into a form: never looked up as a token. Otherwise it may be the token of root. */
  | { kind: 'password'; username: string; password: InspectedToken; typed: boolean }
  /** The cookie of a browser that is signed in. */
  | { kind: 'session'; secret: string };

export const NONE: Credential = { kind: 'none' };
export const malformed = (why: string): Credential => ({ kind: 'malformed', why });

/** Says what a secret is: the only place where that is read off its text. */
export function classify(via: Via, secret: string, username: string | null = null): Credential {
  const token = inspectToken(secret);
  if (token.prefix === 'gldt-') return { kind: 'deployToken', token, via, username };
  if (via === 'deploy-token') return malformed('This is not a deploy token.');
  if (token.prefix === null && username !== null) return { kind: 'password', username, password: token, typed: false };
  if (token.prefix === null && via === 'bearer' && hasThreeParts(secret)) return { kind: 'registryJwt', token };
  return { kind: 'personalToken', token };
}

/** A user name and a secret, as Basic and the password grant have them. An empty pair names nobody. */
export const basicCredential = (username: string, secret: string): Credential =>
  // An empty pair is what clients send that were told to send something.
  username === '' && secret === '' ? NONE : classify('basic', secret, username);

/** A password typed into a form. */
export const typedPassword = (username: string, password: string): Credential => ({
  kind: 'password',
  username,
  password: inspectToken(password),
  typed: true,
});

function hasThreeParts(secret: string): boolean {
  const second = secret.indexOf('.', secret.indexOf('.') + 1);
  return second > 0 && second === secret.lastIndexOf('.');
}
