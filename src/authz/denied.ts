import type { Facts } from '../domain/access/facts.ts';
import type { Denial } from './decision.ts';

/**
 * Ends a request with a denial: thrown by `require`, by a confirmation in a transaction, and by handlers that decide
 * deeper.
 */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly denial: Denial;
  /** The target of the decision, when the caller may not know whether it exists. */
  readonly hidden: Facts | null;

  constructor(denial: Denial, target: Facts) {
    super(denial.message);
    this.denial = denial;
    this.hidden = denial.visible ? null : target;
  }
}
