/** The author and origin of a change, as stored in the audit log. */
export interface AuditAuthor {
  kind: 'user' | 'deployToken' | 'job' | 'anonymous' | 'system';
  id: number | null;
  /** The name they go by: a user name, for the program itself `system`. */
  name: string;
  ip: string | null;
  requestId: string | null;
}

/** The program itself: at first start, on the command line, in jobs. */
export const SYSTEM: AuditAuthor = { kind: 'system', id: null, name: 'system', ip: null, requestId: null };
