type CredentialWithId = 'session' | 'personalToken' | 'deployToken' | 'job';

/**
 * Which credential an actor acts with, by the id of its row: enough to look it up again, and no secret. `user` is a
 * password that was right, `session` a browser that is signed in. `passwordMark` binds it to that password: once the
 * user has another one, the credential is not valid, and without a mark it never is.
 */
export type CredentialRef =
  | { kind: 'anonymous'; id: null }
  | { kind: 'user'; id: number; passwordMark?: string }
  | { [K in CredentialWithId]: { kind: K; id: number } }[CredentialWithId];
