import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { AuditAuthor } from '../domain/audit/author.ts';
import { defined } from '../lib/defined.ts';
import type { Actor, ActorKind } from './actor.ts';

/** An actor as lists and roles see it. */
export interface Viewer {
  /** The user whose roles count; null: it has no role. */
  userId: number | null;
  /** An administrator of the server: above every role. */
  admin: boolean;
}

const NO_CREDENTIAL: CredentialRef = { kind: 'anonymous', id: null };

const NO_ROLES: Viewer = { userId: null, admin: false };

/** Everything that differs from one kind of actor to another, apart from the rules of `decide`. */
interface ActorDescription<A> {
  /** The subject of a sentence: "A deploy token can never do this". */
  noun: string;
  /** The author in the audit log. */
  author(actor: A): Pick<AuditAuthor, 'kind' | 'id' | 'name'>;
  /** Its credential: for looking it up again, and for counting its use. */
  credential(actor: A): CredentialRef;
  /** The user name that protocols show: `npm whoami`. */
  username(actor: A): string;
  /** The user whose roles it has. */
  viewer(actor: A): Viewer;
}

/** A kind that is not described here does not compile. */
const DESCRIPTIONS: { readonly [K in ActorKind]: ActorDescription<Extract<Actor, { kind: K }>> } = {
  anonymous: {
    noun: 'An anonymous caller',
    author: () => ({ kind: 'anonymous', id: null, name: 'anonymous' }),
    credential: () => NO_CREDENTIAL,
    username: () => 'anonymous',
    viewer: () => NO_ROLES,
  },
  user: {
    noun: 'A user',
    author: ({ id, username }) => ({ kind: 'user', id, name: username }),
    credential: ({ id, token, sessionId, passwordMark }) => {
      if (token) return { kind: 'personalToken', id: token.id };
      return sessionId === undefined
        ? { kind: 'user', id, ...defined({ passwordMark }) }
        : { kind: 'session', id: sessionId };
    },
    username: ({ username }) => username,
    viewer: ({ id, admin }) => ({ userId: id, admin }),
  },
  deployToken: {
    noun: 'A deploy token',
    author: ({ token }) => ({ kind: 'deployToken', id: token.id, name: token.name }),
    credential: ({ token }) => ({ kind: 'deployToken', id: token.id }),
    username: ({ token }) => token.username,
    viewer: () => NO_ROLES,
  },
  job: {
    noun: 'A CI job',
    author: ({ id }) => ({ kind: 'job', id, name: `CI job ${id}` }),
    credential: ({ id }) => ({ kind: 'job', id }),
    username: () => 'gitlab-ci-token',
    viewer: () => NO_ROLES,
  },
};

/**
 * The description fits the actor, because both have the same kind. TypeScript cannot see that for a union of actors.
 */
const describe = (actor: Actor) => DESCRIPTIONS[actor.kind] as ActorDescription<Actor>;

/** The number of the user, token or job, for logs. */
export const idOf = (actor: Actor): number | null => describe(actor).author(actor).id;
export const nounOf = (actor: Actor): string => describe(actor).noun;
export const credentialOf = (actor: Actor): CredentialRef => describe(actor).credential(actor);
export const usernameOf = (actor: Actor): string => describe(actor).username(actor);
export const viewerOf = (actor: Actor): Viewer => describe(actor).viewer(actor);
export const userIdOf = (actor: Actor): number | null => viewerOf(actor).userId;

/** The author of what an actor does, for the audit log. */
export function authorOf(actor: Actor, { ip, requestId }: { ip: string; requestId: string }): AuditAuthor {
  const { kind, id, name } = describe(actor).author(actor);
  return { kind, id, name, ip, requestId };
}
