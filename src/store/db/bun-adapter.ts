import type { Database as BunDatabase, SQLQueryBindings, Statement } from 'bun:sqlite';
import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { LogSync } from './log-sync.ts';
import type { LookUps } from './look-ups.ts';
import { refuseNul } from './refuse-nul.ts';

/**
 * So many statements are kept ready. Texts of queries come from our code alone, but lists in them come in all lengths.
 */
const KEPT_STATEMENTS = 500;

/** Statements that leave the log as it is; `commit` is handled beside them. */
const WRITES_NOTHING = /^\s*(select|rollback|savepoint|release|pragma|explain)\b/i;

/** The one connection that writes, for Kysely. */
export class BunAdapter implements SqliteDatabase {
  readonly #db: BunDatabase;
  /** Bun's own cache holds 20 and is searched one by one. */
  readonly #statements = new LRUCache<string, { made: Statement; ready: SqliteStatement }>({ max: KEPT_STATEMENTS });

  readonly #lookUps: LookUps;
  readonly #log: LogSync;
  #hasWritten = false;
  #hasToSettle = false;

  constructor(db: BunDatabase, lookUps: LookUps, log: LogSync) {
    this.#db = db;
    this.#lookUps = lookUps;
    this.#log = log;
  }

  prepare(sql: string): SqliteStatement {
    this.#note(sql);
    // The next look-up must see what is written from here on.
    this.#lookUps.endReading();
    // SQLite itself rolls back when the disk is full: a second time would fail, and hide why.
    // https://www.sqlite.org/lang_transaction.html
    if (sql === 'rollback' && !this.#db.inTransaction) return this.#ready('select 1');
    // A transaction that reads first and then writes fails at once, without waiting, when another process has
    // written in between. Taking the write lock at the start makes it wait instead.
    return this.#ready(sql === 'begin' ? 'begin immediate' : sql);
  }

  #ready(sql: string): SqliteStatement {
    const kept = this.#statements.get(sql);
    if (kept) return kept.ready;
    const made = this.#db.prepare(sql);
    const ready = toStatement(made);
    this.#statements.set(sql, { made, ready });
    return ready;
  }

  /**
   * Notes what the log has to be synced for. A transaction that writes nothing is waited for as well: its result may
   * depend on a commit that is not durable yet.
   */
  #note(sql: string): void {
    if (sql === 'begin') {
      this.#log.assertSound();
      this.#hasWritten = false;
      this.#hasToSettle = true;
    } else if (sql === 'commit') {
      if (this.#hasWritten) this.#log.committed();
    } else if (!WRITES_NOTHING.test(sql)) {
      this.#hasWritten = true;
      if (this.#db.inTransaction) return;
      this.#log.committed();
      this.#hasToSettle = true;
    }
  }

  /**
   * Waits until what was done on the connection since the last call is durable, and what it has seen of others. Reads
   * outside a transaction do not wait. @throws the error of the sync.
   */
  async settled(): Promise<void> {
    if (!this.#hasToSettle) return;
    this.#hasToSettle = false;
    await this.#log.settled();
  }

  close(): void {
    this.#lookUps.close();
    // One that is left open keeps the file open, and its log unmerged.
    for (const { made } of this.#statements.values()) made.finalize();
    this.#db.close();
  }
}

function toStatement(statement: Statement): SqliteStatement {
  const bind = (parameters: readonly unknown[]) => {
    refuseNul(parameters);
    return parameters as SQLQueryBindings[];
  };
  return {
    reader: statement.columnNames.length > 0,
    all: (parameters) => statement.all(...bind(parameters)),
    run: (parameters) => statement.run(...bind(parameters)),
    iterate: (parameters) => statement.iterate(...bind(parameters)),
  };
}
