import { ANONYMOUS } from '../authz/actor.ts';
import { credentialOf, userIdOf } from '../authz/actor-kinds.ts';
import { decide } from '../authz/decide.ts';
import type { Decision, Denial } from '../authz/decision.ts';
import type { Owned } from '../authz/facts.ts';
import type { Permission } from '../authz/permissions.ts';
import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Origin, Resource } from '../domain/access/resource.ts';
import { type MaybePromise, thenMaybe } from '../lib/maybe-promise.ts';
import { Admission, type AdmissionDeps } from './admission.ts';
import {
  type Authentication,
  type AuthenticationDeps,
  authenticate,
  type CredentialPolicy,
  type RefusedCredential,
} from './authenticate.ts';
import type { Credential } from './credentials.ts';
import { countUse, noteUse, type UseDeps } from './note-use.ts';

export type GateDeps = AuthenticationDeps & AdmissionDeps & UseDeps;

/** A credential, and what the protocol that it was sent to takes. */
export interface Presented {
  credential: Credential;
  policy: CredentialPolicy;
}

/** What a request turned out to be about. */
export interface Found {
  target: Facts;
  /** Which part of it; null: all of it. */
  resource: Resource | null;
  /** Left out: what is asked for is no credential's own. */
  owned?: Owned;
}

/** Finds out what a request is about, once it is known who asks. */
export type FindTarget = (caller: Caller) => MaybePromise<Found>;

/** Who asks, as far as finding what they ask about may depend on it. */
export interface Caller {
  /** Whose role on a project or group is looked up; null: it has no role. */
  userId: number | null;
  credential: CredentialRef;
}

/**
 * Keeps the record of a request: told as soon as something is known, so that it is complete whatever fails afterwards.
 */
export interface Witness {
  authenticated(who: Authentication): void;
  decided(decision: Decision): void;
}

/** A request that was not let in: its credential is not good, or it may not do what it asks. */
export type Refusal = { refused: RefusedCredential } | { refused: Denial };

export type Gate = ReturnType<typeof createGate>;

/**
 * Where every request is let in or turned away, whatever it came by. Nothing here is remembered from one request to the
 * next.
 */
export function createGate(deps: GateDeps) {
  return {
    /**
     * Finds out who asks and about what, and decides.
     * @param find what the request is about.
     * @param origin `counted`: its requests are in the statistics of use.
     * @param witness keeps the record of the request.
     */
    admit(
      { credential, policy }: Presented,
      find: FindTarget,
      permission: Permission,
      origin: Origin & { counted: boolean },
      witness: Witness,
    ): MaybePromise<Admission | Refusal> {
      return thenMaybe(authenticate(deps, credential, policy, origin), (who): MaybePromise<Admission | Refusal> => {
        witness.authenticated(who);
        if (!who.ok) return { refused: who };
        const { actor } = who;
        const credential = credentialOf(actor);
        noteUse(deps, credential, origin);
        return thenMaybe(find({ userId: userIdOf(actor), credential }), ({ target, resource, owned = null }) => {
          const facts = { target, origin, protections: null, owned };
          const decision = decide(actor, permission, facts, resource);
          witness.decided(decision);
          if (!decision.allow) return { refused: decision };
          if (origin.counted) countUse(deps, credential, target, origin.protocol);
          return new Admission(deps, actor, { permission, target, resource, owned }, origin);
        });
      });
    },

    /** Lets a request in to what is open to everyone: its credential is not looked at. */
    open(origin: Origin, witness: Witness): Admission {
      witness.authenticated(NOT_ASKED);
      return new Admission(deps, ANONYMOUS, OPEN, origin);
    },

    /** Finds out who asks, where nothing is decided. */
    identify: ({ credential, policy }: Presented, origin: Origin): MaybePromise<Authentication> =>
      authenticate(deps, credential, policy, origin),
  };
}

const NOT_ASKED: Authentication = { ok: true, actor: ANONYMOUS, outcome: 'not_asked' };
const OPEN = { permission: null, target: { on: 'instance' }, resource: null, owned: null } as const;
