import type { Authorised, Confirm } from '../../src/domain/access/confirm.ts';
import type { AuditAuthor } from '../../src/domain/audit/author.ts';

/** A confirmation that always succeeds, for tests that call the domain and not the server. */
export const CONFIRM: Confirm = async () => {};

export const authorised = (author: AuditAuthor): Authorised => ({ author, confirm: CONFIRM });
