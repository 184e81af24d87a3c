import { Database as BunDatabase, type SQLQueryBindings, type Statement } from 'bun:sqlite';
import { refuseNul } from './refuse-nul.ts';

/**
 * Pages are read from the mapped file, not copied by a system call each: a look-up in a large table costs hardly more
 * than in a small one. Mapped memory is the kernel's cache and given back when memory is short. SQLite maps no more
 * than about 2 GiB.
 */
export const MAPPED_BYTES = 2 * 1024 ** 3;

/**
 * A second connection for the look-ups that every request makes. They see what is committed, wait for no transaction of
 * another request, and answer at once: Kysely's way to the one connection costs more than the answer.
 *
 * Those that are asked in one go, with nothing awaited between but one another, are asked in one read transaction:
 * beginning and ending it takes locks, which cost about as much as a look-up, and a request sees a token, its project
 * and what it asks for as they were at one instant. It ends with the last of the microtasks, so before the server comes
 * to another request.
 */
export class LookUps {
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
