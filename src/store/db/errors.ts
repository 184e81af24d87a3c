/**
 * Whether a driver's error says that a unique value is there already; nothing above the store knows which engine runs.
 * SQLite: code SQLITE_CONSTRAINT_UNIQUE or _PRIMARYKEY. PostgreSQL: SQLSTATE 23505.
 */
export function isDuplicate(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY' || code === '23505';
}
