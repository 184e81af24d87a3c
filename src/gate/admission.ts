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
  access: Pick<Access, 'again'>;
}

/** The access that a request was admitted for. `permission` is null at an address that is open to everyone. */
export interface Asked {
  permission: Permission | null;
  target: Facts;
  resource: Resource | null;
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
  readonly #permission: Permission | null;
  readonly #owned: Owned | null;
  readonly #protections: DecisionFacts['protections'];
  readonly #deps: AdmissionDeps;

  constructor(deps: AdmissionDeps, actor: Actor, asked: Asked, origin: Origin) {
    this.#deps = deps;
    this.actor = actor;
    this.target = asked.target;
    this.resource = asked.resource;
    this.origin = origin;
    this.author = authorOf(actor, origin);
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

  /** @throws Denied when the answer is no. */
  requireOn(target: Facts, permission: Permission, resource: Resource | null = null): void {
    const decision = this.permitOn(target, permission, resource);
    if (!decision.allow) throw new Denied(decision);
  }

  /** Confirms the access that the request was admitted for. */
  get confirm(): Confirm {
    const permission = this.#permission;
    if (permission === null) throw new Error('an address that is open to everyone changes nothing');
    return this.confirmOn(this.target, permission, this.resource);
  }

  /**
   * Decides again outside of any transaction, once the body of a request has arrived: a client may send it slowly, and
   * a revocation in the meantime must win.
   * @throws Denied, or PosternError `unauthenticated` for a credential that has ended.
   */
  async decideAfterBody(): Promise<void> {
    if (this.#permission !== null) await this.#decideAgain(undefined, this.target, this.#permission, this.resource);
  }

  /** Confirms a permission on another target that the request changes. */
  confirmOn(target: Facts, permission: Permission, resource: Resource | null = null): Confirm {
    return (tx, changed) => this.#decideAgain(tx, target, permission, changed ?? resource);
  }

  async #decideAgain(
    tx: Tx | undefined,
    target: Facts,
    permission: Permission,
    resource: Resource | null,
  ): Promise<void> {
    const actor = await this.#actorAgain(tx);
    const facts = await this.#factsAgain(tx, { target, permission, resource }, actor);
    const decision = decide(actor, permission, facts, resource);
    if (!decision.allow) throw new Denied(decision);
  }

  /** @throws PosternError unauthenticated when the credential has ended. */
  async #actorAgain(tx: Tx | undefined): Promise<Actor> {
    const { actor } = await lookUpActor(this.#deps, credentialOf(this.actor), tx);
    if (!actor) throw unauthenticated(ENDED);
    // A bearer token stays as narrow as it was issued.
    return 'grants' in this.actor ? { ...actor, grants: this.actor.grants } : actor;
  }

  async #factsAgain(
    tx: Tx | undefined,
    { target: before, permission, resource }: { target: Facts; permission: Permission; resource: Resource | null },
    actor: Actor,
  ): Promise<DecisionFacts> {
    const target = await this.#deps.access.again(tx, before, userIdOf(actor));
    const protections = await readProtections(this.#deps, permission, { target, resource }, tx);
    const owned = before === this.target ? this.#owned : null;
    return { target, origin: this.origin, protections, owned };
  }
}

const ENDED =
  'The token, session or user that this request began with has been revoked, blocked or deleted, or has expired.';
