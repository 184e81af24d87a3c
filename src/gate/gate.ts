import { type Actor, ANONYMOUS } from '../authz/actor.ts';
import { credentialOf, userIdOf } from '../authz/actor-kinds.ts';
import { decide } from '../authz/decide.ts';
import type { Decision, Denial } from '../authz/decision.ts';
import type { Owned } from '../authz/facts.ts';
import type { Permission } from '../authz/permissions.ts';
import { onProtectedNames } from '../authz/protection.ts';
import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
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
import { readProtections } from './protections.ts';

export type GateDeps = AuthenticationDeps & AdmissionDeps & UseDeps;

/** A credential, and the policy of the protocol that it was sent to. */
export interface Presented {
  credential: Credential;
  policy: CredentialPolicy;
}

/** The target of a request. */
export interface Found {
  target: Facts;
  /** The part of the target; null: all of it. */
  resource: Resource | null;
  /** Set when the requested object belongs to one credential. */
  owned?: Owned;
}

/** Finds the target of a request, after the caller is known. */
export type FindTarget = (caller: Caller) => MaybePromise<Found>;

/** The parts of a caller that finding a target may depend on. */
export interface Caller {
  /** The user whose role is looked up; null: the caller has no role. */
  userId: number | null;
  credential: CredentialRef;
}

/**
 * Keeps the record of a request. It gets each fact as soon as it is known, so that the record is complete when a later
 * step fails.
 */
export interface Witness {
  authenticated(who: Authentication): void;
  decided(decision: Decision): void;
}

/** A refused request: its credential is not valid, or the decision is a denial. */
export type Refusal = { refused: RefusedCredential } | { refused: Denial };

export type Gate = ReturnType<typeof createGate>;

/** Admits or refuses every request, for any transport. It keeps nothing from one request to the next. */
export function createGate(deps: GateDeps) {
  return {
    /**
     * Authenticates the caller, finds the target, and decides.
     * @param find finds the target of the request.
     * @param origin `counted`: the request is in the usage statistics.
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
        return thenMaybe(find({ userId: userIdOf(actor), credential }), (found) => {
          const { target, resource, owned = null } = found;
          return thenMaybe(decideOn(deps, actor, permission, found, origin), ({ decision, protections }) => {
            witness.decided(decision);
            if (!decision.allow) return refuse(deps, decision, target, userIdOf(actor));
            if (origin.counted) countUse(deps, credential, target, origin.protocol);
            return new Admission(deps, actor, { permission, target, resource, owned, protections }, origin);
          });
        });
      });
    },

    /** Admits a request to an address that is open to everyone. Its credential is not checked. */
    open(origin: Origin, witness: Witness): Admission {
      witness.authenticated(NOT_ASKED);
      return new Admission(deps, ANONYMOUS, OPEN, origin);
    },

    /** Authenticates the caller at an address without a row, where nothing is decided. */
    identify: ({ credential, policy }: Presented, origin: Origin): MaybePromise<Authentication> =>
      authenticate(deps, credential, policy, origin),
  };
}

/** Protected names only refuse: they are read for a decision that would allow without them. */
function decideOn(
  deps: GateDeps,
  actor: Actor,
  permission: Permission,
  found: Found,
  origin: Origin,
): MaybePromise<{ decision: Decision; protections: readonly Protection[] | null }> {
  const { target, resource, owned = null } = found;
  const judge = (protections: readonly Protection[] | null) => ({
    decision: decide(actor, permission, { target, origin, protections, owned }, resource),
    protections,
  });
  if (onProtectedNames(permission, target, resource) === null) return judge(null);
  const unprotected = judge([]);
  if (!unprotected.decision.allow) return unprotected;
  return thenMaybe(readProtections(deps, permission, { target, resource }), judge);
}

/** A hidden target and a missing one are refused after the same look-ups. */
const refuse = (deps: GateDeps, denial: Denial, target: Facts, userId: number | null): MaybePromise<Refusal> =>
  denial.visible ? { refused: denial } : deps.access.completeLookUps(target, userId).then(() => ({ refused: denial }));

const NOT_ASKED: Authentication = { ok: true, actor: ANONYMOUS, outcome: 'not_asked' };
const OPEN = {
  permission: null,
  target: { on: 'instance' },
  resource: null,
  owned: null,
  protections: null,
} as const;
