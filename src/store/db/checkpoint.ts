import { Database as BunDatabase } from 'bun:sqlite';

/** A connection for checkpoints, beside that of the server. The caller closes it. */
export function openForCheckpoint(file: string): BunDatabase {
  const db = new BunDatabase(file);
  db.run('pragma busy_timeout = 5000');
  db.run('pragma synchronous = normal');
  db.run('pragma wal_autocheckpoint = 0');
  return db;
}

/** Copies the log into the database file and syncs both, while others read and write. */
export function copyLog(db: BunDatabase): void {
  db.query('pragma wal_checkpoint(passive)').get();
}

/**
 * Copies what the log has, empties it, and begins it again. Others cannot write in the meantime.
 * https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
 */
export function emptyLog(db: BunDatabase): void {
  db.query('pragma wal_checkpoint(truncate)').get();
  // The first write to an empty log syncs its header: here, not on the event loop. Nothing uses this number.
  const { user_version } = db.query('pragma user_version').get() as { user_version: number };
  db.run(`pragma user_version = ${user_version}`);
}

/**
 * Empties the log at the start. A server that had ended after a failed sync leaves a log with gaps on the disk, which
 * would hide what is written behind them.
 */
export function emptyLogAtStart(file: string): void {
  const db = openForCheckpoint(file);
  try {
    emptyLog(db);
  } finally {
    db.close();
  }
}
