import type { AuditAuthor } from '../audit/author.ts';

/** Who publishes or deletes, with the role that the rules of a project look at. */
export interface ActorWithRole {
  by: AuditAuthor;
  level: number;
}
