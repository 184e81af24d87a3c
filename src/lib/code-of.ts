/**
 * The `code` of what was thrown, as Node, Bun and the database drivers set it (`ENOENT`, `SQLITE_BUSY`, `23505`);
 * undefined without one.
 */
export function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
