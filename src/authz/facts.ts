import type { CredentialRef } from '../domain/access/credential-ref.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { Origin } from '../domain/access/resource.ts';

/** What only the credential that it belongs to may use. */
export interface Owned {
  /** A short noun: `upload`. */
  what: string;
  /** Whose it is; null: there is none of that name. */
  by: CredentialRef | null;
}

/** Everything that a decision rests on beside the actor. */
export interface DecisionFacts {
  /** The project, the group or the server that is asked about, with the role that the actor has there. */
  target: Facts;
  origin: Pick<Origin, 'ip' | 'protocol'>;
  /** The protected names of packages of the type that is asked about; null: they were not read. */
  protections: readonly Protection[] | null;
  /** What is asked for is one credential's own: an upload, the job of a runner. Null: it belongs to the project. */
  owned: Owned | null;
}
