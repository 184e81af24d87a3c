import type { Db } from '../../store/db/database.ts';
import { type AuditAuthor, SYSTEM } from '../audit/author.ts';
import type { Resource } from './resource.ts';

/** The transaction in which a change becomes visible. */
export type Tx = Db;

/**
 * Decides a request a second time, on facts read in the transaction that makes its change visible: since the request
 * was admitted, the credential may have been revoked, the project archived or the name protected. A function that
 * changes something for a request takes it as a parameter, and calls it in its transaction after it has its locks and
 * before its first write.
 * @param resource the changed resource; left out: the resource that the request was admitted for.
 * @throws Denied, or PosternError `unauthenticated` for a credential that has ended: both roll the transaction back.
 */
export type Confirm = (tx: Tx, resource?: Resource) => Promise<void>;

/**
 * The author of a change, for the audit log, with the confirmation that the change is allowed. Every function of the
 * domain that changes something for a request takes it.
 */
export interface Authorised {
  author: AuditAuthor;
  /** The user who makes the change; null: no user makes it. */
  userId: number | null;
  confirm: Confirm;
}

/** The program itself, at first start and on the command line: it has no credential that could end. */
export const BY_SYSTEM: Authorised = { author: SYSTEM, userId: null, confirm: async () => {} };
