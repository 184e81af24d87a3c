import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { Origin } from '../domain/access/resource.ts';

/** An object that only one credential may use. */
export interface Owned {
  /** A short noun: `upload`. */
  what: string;
  /** The credential that it belongs to; null: no such object exists. */
  by: CredentialRef | null;
}

/** Everything that a decision rests on beside the actor. */
export interface DecisionFacts {
  /** The project, the group or the server, with the actor's role there. */
  target: Facts;
  origin: Pick<Origin, 'ip' | 'protocol'>;
  /** The protected package names of the requested type; null: they were not read. */
  protections: readonly Protection[] | null;
  /**
   * The requested object, if it belongs to one credential: an upload, the job of a runner. Null: it belongs to the
   * target.
   */
  owned: Owned | null;
}
