import type { Authorised, Confirm } from '../../src/domain/access/confirm.ts';
import type { AuditAuthor } from '../../src/domain/audit/author.ts';

/** A confirmation that always succeeds, for tests that call the domain and not the server. */
export const CONFIRM: Confirm = async () => {};

/** A change by a user, or by another author, which is always confirmed. */
export const authorised = (author: AuditAuthor): Authorised => ({
  author,
  userId: author.kind === 'user' ? author.id : null,
  confirm: CONFIRM,
});
