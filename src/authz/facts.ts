import type { Facts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { Origin } from '../domain/access/resource.ts';

/** Everything that a decision rests on beside the actor. */
export interface DecisionFacts {
  /** The project, the group or the server that is asked about, with the role that the actor has there. */
  target: Facts;
  origin: Pick<Origin, 'ip' | 'protocol'>;
  /** The protected names of packages of the type that is asked about; null: they were not read. */
  protections: readonly Protection[] | null;
}
