import { type InspectedToken, inspectToken } from '../lib/token-format.ts';

/** How a secret was sent, where that decides whether it is accepted. */
export type Via = 'basic' | 'bearer' | 'private-token' | 'deploy-token';

/** A presented credential, classified by its form alone: it has not been looked up yet. */
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

/** Classifies a secret by its text: the only place that does so. */
export function classify(via: Via, secret: string, username: string | null = null): Credential {
  const token = inspectToken(secret);
  if (token.prefix === 'gldt-') return { kind: 'deployToken', token, via, username };
  if (via === 'deploy-token') return malformed('This is not a deploy token.');
  if (token.prefix === null && username !== null) return { kind: 'password', username, password: token, typed: false };
  if (token.prefix === null && via === 'bearer' && hasThreeParts(secret)) return { kind: 'registryJwt', token };
  return { kind: 'personalToken', token };
}

/** A user name and a secret, as in Basic and in the password grant. An empty pair is no credential. */
export const basicCredential = (username: string, secret: string): Credential =>
  // Clients send an empty pair when they are configured to send credentials and have none.
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
