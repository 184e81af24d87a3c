import type { Actor } from '../authz/actor.ts';
import { authorOf, credentialOf, userIdOf } from '../authz/actor-kinds.ts';
import { decide } from '../authz/decide.ts';
import type { Decision } from '../authz/decision.ts';
import { Denied } from '../authz/denied.ts';
import type { DecisionFacts, Owned } from '../authz/facts.ts';
import type { Permission } from '../authz/permissions.ts';
import type { Authorised, Confirm, Tx } from '../domain/access/confirm.ts';
import type { Access, Facts } from '../domain/access/facts.ts';
import type { Origin, Resource } from '../domain/access/resource.ts';
import type { AuditAuthor } from '../domain/audit/author.ts';
import { unauthenticated } from '../lib/errors.ts';
import { type LookUpDeps, lookUpActor } from './look-up-actor.ts';
import { type ProtectionDeps, readProtections } from './protections.ts';

export interface AdmissionDeps extends LookUpDeps, ProtectionDeps {
  access: Pick<Access, 'again' | 'completeLookUps'>;
}

/** A permission that a request must have. */
interface Required {
  permission: Permission;
  target: Facts;
  resource: Resource | null;
}

/** The access that a request was admitted for. `permission` is null at an address that is open to everyone. */
export interface Asked extends Omit<Required, 'permission'> {
  permission: Permission | null;
  owned: Owned | null;
  /** The protected names that were read for the first decision; null: none were read. */
  protections: DecisionFacts['protections'];
}

/**
 * An admitted request: its actor, its target, and further decisions on both. It is valid for a moment: see `confirm`.
 */
export class Admission implements Authorised {
  readonly actor: Actor;
  readonly target: Facts;
  readonly resource: Resource | null;
  readonly origin: Origin;
  /** The caller, as the author in the audit log. */
  readonly author: AuditAuthor;
  readonly userId: number | null;
  readonly #permission: Permission | null;
  readonly #owned: Owned | null;
  readonly #protections: DecisionFacts['protections'];
  /** Everything that the request was required to have after its admission. */
  readonly #required: Required[] = [];
  readonly #deps: AdmissionDeps;

  constructor(deps: AdmissionDeps, actor: Actor, asked: Asked, origin: Origin) {
    this.#deps = deps;
    this.actor = actor;
    this.target = asked.target;
    this.resource = asked.resource;
    this.origin = origin;
    this.author = authorOf(actor, origin);
    this.userId = userIdOf(actor);
    this.#permission = asked.permission;
    this.#owned = asked.owned;
    this.#protections = asked.protections;
  }

  /** Decides on a further permission on the same target. */
  permit(permission: Permission): Decision {
    return this.permitOn(this.target, permission, this.resource);
  }

  /** Decides on a permission on another target that the request names. */
  permitOn(target: Facts, permission: Permission, resource: Resource | null = null): Decision {
    const protections = target === this.target ? this.#protections : null;
    const facts = { target, origin: this.origin, protections, owned: null };
    return decide(this.actor, permission, facts, resource);
  }

  /**
   * Requires a further permission, which `confirm` then decides again as well: where a project is moved to, the limit
   * that is changed with it.
   * @throws Denied when the answer is no.
   */
  requireOn(target: Facts, permission: Permission, resource: Resource | null = null): void {
    const decision = this.permitOn(target, permission, resource);
    if (!decision.allow) throw new Denied(decision, target);
    this.#required.push({ target, permission, resource });
  }

  /** Confirms the access that the request was admitted for, and everything that it was required to have since. */
  get confirm(): Confirm {
    const permission = this.#permission;
    if (permission === null) throw new Error('an address that is open to everyone changes nothing');
    const { target, resource } = this;
    return (tx, changed) => this.#decideAgain(tx, [{ target, permission, resource }, ...this.#required], changed);
  }

  /**
   * Confirms a permission on another target instead: for one change of several that a request makes, each on a target
   * of its own.
   */
  confirmOn(target: Facts, permission: Permission): Confirm {
    return (tx, changed) => this.#decideAgain(tx, [{ target, permission, resource: changed ?? null }]);
  }

  /** @param changed the part of the request's own target that is changed. */
  async #decideAgain(tx: Tx, required: readonly Required[], changed?: Resource): Promise<void> {
    const actor = await this.#actorAgain(tx);
    for (const asked of required) {
      const resource = (asked.target === this.target ? changed : undefined) ?? asked.resource;
      const facts = await this.#factsAgain(tx, { ...asked, resource }, actor);
      const decision = decide(actor, asked.permission, facts, resource);
      if (!decision.allow) throw new Denied(decision, facts.target);
    }
  }

  /** @throws PosternError unauthenticated when the credential has ended. */
  async #actorAgain(tx: Tx): Promise<Actor> {
    const { actor } = await lookUpActor(this.#deps, credentialOf(this.actor), tx);
    if (!actor) throw unauthenticated(ENDED);
    // A bearer token stays as narrow as it was issued.
    return 'grants' in this.actor ? { ...actor, grants: this.actor.grants } : actor;
  }

  async #factsAgain(tx: Tx, { target: before, permission, resource }: Required, actor: Actor): Promise<DecisionFacts> {
    const target = await this.#deps.access.again(tx, before, userIdOf(actor));
    const protections = await readProtections(this.#deps, permission, { target, resource }, tx);
    const owned = before === this.target ? this.#owned : null;
    return { target, origin: this.origin, protections, owned };
  }
}

const ENDED =
  'The token, session or user that this request began with has been revoked, blocked or deleted, or has expired.';
