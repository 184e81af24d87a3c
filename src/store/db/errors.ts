import { codeOf } from '../../lib/code-of.ts';

/**
 * Whether a driver's error says that a unique value is there already; nothing above the store knows which engine runs.
 * SQLite: code SQLITE_CONSTRAINT_UNIQUE or _PRIMARYKEY. PostgreSQL: SQLSTATE 23505.
 */
export function isDuplicate(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === '23505';
}

/**
 * Whether a driver's error says that the database could not be used at all: no connection (errno of the socket,
 * SQLSTATE class 08 or 57P), no such database (3D000) or user, or a wrong password (class 28), or no right to it
 * (42501).
 */
export function isUnreachable(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (
    /^(08|28|57P|3D000|42501)/.test(code) ||
    /^(E[A-Z]{4,}|SQLITE_(CANTOPEN|READONLY|NOTADB|CORRUPT|BUSY))/.test(code)
  )
    return true;
  return error instanceof Error && /timeout exceeded|connection terminated/i.test(error.message);
}

/**
 * Whether a driver's error says that a database that was there is away for now: no connection (SQLSTATE class 08, an
 * errno of the socket, or a message without a code), no free connection (53300), or a database that is being shut down
 * or started (57P). Narrower than `isUnreachable`: files have errnos too.
 */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error) ?? '';
  if (/^(08\w{3}|57P\w{2}|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH)$/.test(code)) return true;
  return error instanceof Error && LOST_CONNECTION.test(error.message);
}

/** The messages of the PostgreSQL driver for a connection that is lost, or was never made. */
const LOST_CONNECTION =
  /timeout exceeded when trying to connect|timeout expired|connection terminated|is not queryable|after calling end on the pool/i;

/**
 * The message of a driver, on one line and without a full stop at its end. Several addresses that failed come as one
 * error without words.
 */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0]);
  const message = error instanceof Error ? error.message : '';
  const text = message === '' ? (codeOf(error) ?? String(error)) : message;
  return text.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
}

/**
 * Whether a driver's error says that a row refers to one that is not there, or that one that is referred to cannot go.
 * SQLite: code SQLITE_CONSTRAINT_FOREIGNKEY. PostgreSQL: SQLSTATE 23503.
 */
export function isBrokenReference(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_CONSTRAINT_FOREIGNKEY' || code === '23503';
}

/**
 * Whether a driver's error says that a transaction was ended because others held what it waited for: for too long
 * (SQLSTATE 55P03), or while they waited for it (40P01).
 */
export function isLockTimeoutOrDeadlock(error: unknown): boolean {
  const code = codeOf(error);
  return code === '55P03' || code === '40P01';
}
