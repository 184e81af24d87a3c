import type { DeployTokenScope } from '../domain/deploy-tokens/scopes.ts';
import type { DeployToken, DeployTokenState } from '../domain/deploy-tokens/token.ts';
import type { PersonalScope } from '../domain/personal-tokens/scopes.ts';
import type { GrantAction } from './permissions.ts';

/** The caller of a request. */
export type Actor = Anonymous | UserActor | DeployTokenActor | JobActor;
export type ActorKind = Actor['kind'];

export interface Anonymous {
  kind: 'anonymous';
  grants?: readonly Grant[];
}

/**
 * The access that a bearer token of the registry was issued for. It is a limit on top of what its owner may do today,
 * never a right: `{ type: 'repository', name: 'group/project/image', actions: ['pull', 'push'] }`. No actions: the
 * client asked for access to this image too, and got none.
 */
export interface Grant {
  type: 'repository' | 'registry';
  name: string;
  actions: readonly GrantAction[];
}

export interface UserActor {
  kind: 'user';
  id: number;
  username: string;
  admin: boolean;
  /** Null: by password or session, with all rights of the user. */
  token: { id: number; scopes: readonly PersonalScope[] } | null;
  /** By password: the mark of the password that was right. */
  passwordMark?: string;
  /** Signed in at the pages: which session this is. */
  sessionId?: number;
  grants?: readonly Grant[];
}

export interface DeployTokenActor {
  kind: 'deployToken';
  token: DeployToken;
  /** Its own scopes, and those that its name implies. */
  scopes: readonly DeployTokenScope[];
  /** As it was looked up for this request. */
  state: DeployTokenState;
  grants?: readonly Grant[];
}

/** A CI job. Nothing makes one yet; the decision tables know it so that none can be forgotten. */
export interface JobActor {
  kind: 'job';
  id: number;
  grants?: readonly Grant[];
}

export const ANONYMOUS: Anonymous = { kind: 'anonymous' };
