import { Database as BunDatabase, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import {
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { refuseNul } from './refuse-nul.ts';

/**
 * Pages are read from the mapped file, not copied by a system call each: a look-up in a large table costs hardly more than in a
 * small one. What is mapped is the kernel's cache and given back when memory is short. SQLite maps no more than about 2 GiB.
 */
const MAPPED_BYTES = 2 * 1024 ** 3;

/**
 * Kysely's own SQLite dialect on Bun's driver. WAL lets readers go on while one writes; `synchronous=FULL` makes a
 * commit survive a power cut; a wait of five seconds covers the command line writing beside the server.
 */
export function sqliteDialect(file: string): Dialect {
  const db = new BunDatabase(file, { create: true });
  // First: changing to WAL takes a lock too, and of several programs that open a new database all but one wait for it.
  db.run('pragma busy_timeout = 5000');
  db.run('pragma journal_mode = wal');
  db.run('pragma synchronous = full');
  db.run('pragma foreign_keys = on');
  db.run('pragma trusted_schema = off');
  // Without this `insert or replace` deletes rows behind the back of the triggers that forbid it.
  db.run('pragma recursive_triggers = on');
  db.run(`pragma mmap_size = ${MAPPED_BYTES}`);
  return new TransactionalDialect({ database: new BunAdapter(db) });
}

/** Kysely does not run migrations in a transaction on SQLite; SQLite can, so that one that is cut off leaves nothing. */
class TransactionalDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new PreparedOnceCompiler();
  }
}

/**
 * SQLite plans a join anew whenever a parameter that it compares a column with is bound, in case another plan suits the value
 * better: ten times the work of the look-up itself. The plus does nothing but to hide the parameter from that. What it would
 * be good for, `like` with an index, we do not use. https://www.sqlite.org/c3ref/prepare.html
 */
class PreparedOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** So many statements are kept ready. Texts of queries come from our code alone, but lists in them come in all lengths. */
const KEPT_STATEMENTS = 500;

class BunAdapter implements SqliteDatabase {
  readonly #db: BunDatabase;
  /** Bun's own cache holds 20 and is searched one by one. */
  readonly #statements = new Map<string, { made: Statement; ready: SqliteStatement }>();

  constructor(db: BunDatabase) {
    this.#db = db;
  }

  prepare(sql: string): SqliteStatement {
    // SQLite itself rolls back when the disk is full: a second time would fail, and hide why. https://www.sqlite.org/lang_transaction.html
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
    if (this.#statements.size >= KEPT_STATEMENTS) this.#statements.clear();
    this.#statements.set(sql, { made, ready });
    return ready;
  }

  close(): void {
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
