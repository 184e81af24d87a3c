import type { Doer } from '../doer.ts';

/** Who publishes or deletes, with the role that the rules of a project look at. */
export interface Publisher {
  by: Doer;
  level: number;
}
