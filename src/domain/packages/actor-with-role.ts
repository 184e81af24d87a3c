import type { AuditAuthor } from '../audit/author.ts';

/** The author of a change for the audit log, with the role that the protection rules of the project require. */
export interface ActorWithRole {
  by: AuditAuthor;
  level: number;
}
