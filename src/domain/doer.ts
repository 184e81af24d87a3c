/** Who does something and from where, as the audit log keeps it. */
export interface Doer {
  kind: 'user' | 'deployToken' | 'anonymous' | 'system';
  id: number | null;
  /** The name they go by: a user name, for the program itself `system`. */
  name: string;
  ip: string | null;
  requestId: string | null;
}

/** The program itself: at first start, on the command line, in jobs. */
export const SYSTEM: Doer = { kind: 'system', id: null, name: 'system', ip: null, requestId: null };

export const userIdOf = (by: Doer): number | null => (by.kind === 'user' ? by.id : null);
