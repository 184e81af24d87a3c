import type { Denial } from './decision.ts';

/**
 * Ends a request with a denial: thrown by `require`, by a confirmation in a transaction, and by handlers that decide
 * deeper.
 */
export class Denied extends Error {
  override readonly name = 'Denied';
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.message);
    this.denial = denial;
  }
}
