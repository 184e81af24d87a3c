import { codeOf } from '../lib/code-of.ts';

/**
 * Whether a thrown value says that there is no room left where bytes or rows are kept: ENOSPC and EDQUOT of a file
 * system, SQLITE_FULL, SQLSTATE 53100 of PostgreSQL.
 */
export function isDiskFull(error: unknown): boolean {
  if (DISK_FULL.has(codeOf(error) ?? '')) return true;
  return error instanceof Error && error.cause !== undefined && error.cause !== error && isDiskFull(error.cause);
}

const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', '53100']);
