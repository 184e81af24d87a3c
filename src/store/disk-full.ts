import { codeOf } from '../lib/code-of.ts';

/**
 * Whether a thrown value says that there is no room left where bytes or rows are kept: ENOSPC and EDQUOT of a file
 * system, SQLITE_FULL, SQLSTATE 53100 of PostgreSQL.
 */
export const isDiskFull = (error: unknown): boolean => hasCode(error, /^(ENOSPC|EDQUOT|SQLITE_FULL|53100)$/);

/**
 * Whether a thrown value says that the disk takes no writes, or cannot be used any more: EROFS and EIO of a file
 * system, SQLITE_READONLY and SQLITE_IOERR, SQLSTATE 25006 of PostgreSQL.
 */
export const isDiskUnusable = (error: unknown): boolean =>
  hasCode(error, /^(EROFS|EIO|SQLITE_(READONLY|IOERR)(_\w+)?|25006)$/);

function hasCode(error: unknown, codes: RegExp): boolean {
  if (codes.test(codeOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && error.cause !== error && hasCode(error.cause, codes);
}
