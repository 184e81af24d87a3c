import { Database as BunDatabase, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import {
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';
import { LRUCache } from 'lru-cache';
import { refuseNul } from './refuse-nul.ts';

/**
 * Pages are read from the mapped file, not copied by a system call each: a look-up in a large table costs hardly more
 * than in a small one. Mapped memory is the kernel's cache and given back when memory is short. SQLite maps no more
 * than about 2 GiB.
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
  // A page that is written again and again goes from the log into the file once in 16 MB of log, not once in four.
  db.run('pragma wal_autocheckpoint = 4000');
  db.run(`pragma mmap_size = ${MAPPED_BYTES}`);
  const lookUps = new LookUps(file);
  return new TransactionalDialect(new BunAdapter(db, lookUps), lookUps);
}

/**
 * A second connection for the look-ups that every request makes. They see what is committed, wait for no transaction of
 * another request, and answer at once: Kysely's way to the one connection costs more than the answer.
 *
 * Those that are asked in one go, with nothing awaited between but one another, are asked in one read transaction:
 * beginning and ending it takes locks, which cost about as much as a look-up, and a request sees a token, its project
 * and what it asks for as they were at one instant. It ends with the last of the microtasks, so before the server comes
 * to another request.
 */
class LookUps {
  readonly #file: string;
  readonly #statements = new Map<string, Statement>();
  #db: BunDatabase | undefined;
  #closed = false;
  #reading = false;
  readonly endReading = (): void => {
    if (!this.#reading) return;
    this.#reading = false;
    // SQLite ends it by itself when it could not read the file; to end it twice would be an error.
    if (this.#db?.inTransaction) this.#ready('commit').run();
  };

  constructor(file: string) {
    this.#file = file;
  }

  all(sql: string, parameters: readonly unknown[]): unknown[] {
    refuseNul(parameters);
    const statement = this.#ready(sql);
    if (!this.#reading) {
      this.#ready('begin').run();
      this.#reading = true;
      process.nextTick(this.endReading);
    }
    return statement.all(...(parameters as SQLQueryBindings[]));
  }

  #ready(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#open().prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /**
   * Not before the first look-up: by then the other connection has made the file and its tables. Never again once
   * closed.
   */
  #open(): BunDatabase {
    if (this.#closed) throw new Error('The database is closed.');
    if (this.#db) return this.#db;
    const db = new BunDatabase(this.#file);
    db.run('pragma busy_timeout = 5000');
    db.run('pragma query_only = on');
    db.run('pragma trusted_schema = off');
    db.run(`pragma mmap_size = ${MAPPED_BYTES}`);
    this.#db = db;
    return db;
  }

  close(): void {
    this.endReading();
    this.#closed = true;
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    this.#db?.close();
    this.#db = undefined;
  }
}

/** An engine that answers look-ups without going through Kysely. */
export interface DirectAdapter {
  lookUp(sql: string, parameters: readonly unknown[]): unknown[];
  /** For a caller with an open transaction: the connection belongs to it until the end. */
  inTransaction(sql: string, parameters: readonly unknown[]): unknown[];
}

/** Whether an engine does; one that is asked over a network does not. */
export const isDirect = (adapter: object): adapter is DirectAdapter => 'lookUp' in adapter;

/**
 * Kysely does not run migrations in a transaction on SQLite; SQLite can, so that one that is cut off leaves nothing.
 */
class TransactionalDialect extends SqliteDialect {
  readonly #database: BunAdapter;
  readonly #lookUps: LookUps;

  constructor(database: BunAdapter, lookUps: LookUps) {
    super({ database });
    this.#database = database;
    this.#lookUps = lookUps;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter(this.#database, this.#lookUps);
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new PreparedOnceCompiler();
  }
}

/**
 * SQLite plans a join again whenever a parameter that it compares a column with is bound, in case another plan suits
 * the value better: ten times the work of the look-up itself. The plus does nothing but to hide the parameter from
 * that. It would help `like` with an index, which is not used here. https://www.sqlite.org/c3ref/prepare.html
 */
class PreparedOnceCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return '+?';
  }
}

class TransactionalAdapter extends SqliteAdapter implements DirectAdapter {
  readonly #database: BunAdapter;
  readonly #lookUps: LookUps;

  constructor(database: BunAdapter, lookUps: LookUps) {
    super();
    this.#database = database;
    this.#lookUps = lookUps;
  }

  inTransaction(sql: string, parameters: readonly unknown[]): unknown[] {
    const statement = this.#database.prepare(sql);
    if (statement.reader) return statement.all(parameters);
    statement.run(parameters);
    return [];
  }

  lookUp(sql: string, parameters: readonly unknown[]): unknown[] {
    return this.#lookUps.all(sql, parameters);
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/**
 * So many statements are kept ready. Texts of queries come from our code alone, but lists in them come in all lengths.
 */
const KEPT_STATEMENTS = 500;

class BunAdapter implements SqliteDatabase {
  readonly #db: BunDatabase;
  /** Bun's own cache holds 20 and is searched one by one. */
  readonly #statements = new LRUCache<string, { made: Statement; ready: SqliteStatement }>({ max: KEPT_STATEMENTS });

  readonly #lookUps: LookUps;

  constructor(db: BunDatabase, lookUps: LookUps) {
    this.#db = db;
    this.#lookUps = lookUps;
  }

  prepare(sql: string): SqliteStatement {
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
