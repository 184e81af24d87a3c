type CredentialWithId = 'user' | 'session' | 'personalToken' | 'deployToken' | 'job';

/**
 * Which credential an actor acts with, by the id of its row: enough to look it up again, and no secret. `user` is a
 * password that was right, `session` a browser that is signed in.
 */
export type CredentialRef =
  | { kind: 'anonymous'; id: null }
  | { [K in CredentialWithId]: { kind: K; id: number } }[CredentialWithId];
