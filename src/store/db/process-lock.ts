import { Database as BunDatabase } from 'bun:sqlite';
import { sql } from 'kysely';
import { codeOf } from '../../lib/code-of.ts';
import type { Db, ProcessLock } from './types.ts';

/**
 * By a lock of the operating system on files beside an embedded database: it ends with the process, however that ends.
 * SQLite knows how each system locks a file; nothing else of it is used, and the files stay empty.
 */
export const createFileLock =
  (file: string): ProcessLock =>
  async (name, work) => {
    const lock = new BunDatabase(`${file}.${name}`, { create: true });
    try {
      if (!isLocked(lock)) return null;
      return await work();
    } finally {
      lock.close();
    }
  };

function isLocked(lock: BunDatabase): boolean {
  try {
    lock.run('begin exclusive');
    return true;
  } catch (error) {
    if (codeOf(error) === 'SQLITE_BUSY') return false;
    throw error;
  }
}

/** By a lock of PostgreSQL, for processes on any machine: it ends with the connection that is kept for it. */
export const createServerLock =
  (db: Db): ProcessLock =>
  (name, work) => {
    const key = sql`hashtextextended(${`postern ${name}`}, 0)`;
    return db.connection().execute(async (connection) => {
      const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_lock(${key}) as got`.execute(connection);
      if (rows[0]?.got !== true) return null;
      try {
        return await work();
      } finally {
        await sql`select pg_advisory_unlock(${key})`.execute(connection);
      }
    });
  };
