/**
 * Whether a thrown value says that there is no room left where bytes or rows are kept: ENOSPC and EDQUOT of a file
 * system, SQLITE_FULL, SQLSTATE 53100 of PostgreSQL.
 */
export function isDiskFull(error: unknown): boolean {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  return NO_ROOM.has(String(code ?? '')) || (cause !== undefined && cause !== error && isDiskFull(cause));
}

const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'SQLITE_FULL', '53100']);
