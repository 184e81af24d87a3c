import { Database as BunDatabase } from 'bun:sqlite';
import {
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  SqliteQueryCompiler,
} from 'kysely';
import { BunAdapter } from './bun-adapter.ts';
import { Checkpoints } from './checkpoints.ts';
import { LogSync, openLog } from './log-sync.ts';
import { LookUps, MAPPED_BYTES } from './look-ups.ts';

/** 64 MiB of log: four times the size at which a checkpoint begins on its own thread. */
const LAST_RESORT_PAGES = 16_384;

interface LogOptions {
  log?: ReturnType<typeof openLog>;
  /** The size at which a checkpoint begins. */
  logBytes?: number | undefined;
}

/**
 * Kysely's own SQLite dialect on Bun's driver. WAL lets readers go on while one writes; a wait of five seconds covers
 * the command line writing beside the server. A commit does not wait for the disk, and its caller does
 * (docs/decisions/0021).
 */
export function sqliteDialect(file: string, { log = openLog(file), logBytes }: LogOptions = {}): Dialect {
  const db = new BunDatabase(file, { create: true });
  // First: changing to WAL takes a lock too, and of several programs that open a new database all but one wait for it.
  db.run('pragma busy_timeout = 5000');
  db.run('pragma journal_mode = wal');
  db.run('pragma synchronous = normal');
  // Only if no checkpoint of the thread succeeds.
  db.run(`pragma wal_autocheckpoint = ${LAST_RESORT_PAGES}`);
  db.run('pragma foreign_keys = on');
  db.run('pragma trusted_schema = off');
  // Without this `insert or replace` deletes rows behind the back of the triggers that forbid it.
  db.run('pragma recursive_triggers = on');
  db.run(`pragma mmap_size = ${MAPPED_BYTES}`);
  return new TransactionalDialect(file, db, { log, logBytes });
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
  readonly #driver: SharedSyncDriver;

  constructor(file: string, db: BunDatabase, { log, logBytes }: Required<LogOptions>) {
    const lookUps = new LookUps(file);
    const sync = new LogSync(log.sync, (bytes) => checkpoints.consider(bytes));
    const database = new BunAdapter(db, lookUps, sync);
    super({ database });
    const driver = new SharedSyncDriver(database, async () => {
      await checkpoints.end();
      await log.close();
    });
    const checkpoints = new Checkpoints(file, (work) => driver.withoutWrites(work), logBytes);
    this.#database = database;
    this.#lookUps = lookUps;
    this.#driver = driver;
  }

  override createDriver(): SqliteDriver {
    return this.#driver;
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter(this.#database, this.#lookUps);
  }

  override createQueryCompiler(): SqliteQueryCompiler {
    return new PreparedOnceCompiler();
  }
}

/**
 * Lends the one connection to one caller after the other. The caller goes on when all that it did is durable; the next
 * has the connection before that, and its commit shares the sync.
 */
class SharedSyncDriver extends SqliteDriver {
  readonly #database: BunAdapter;
  readonly #end: () => Promise<void>;
  readonly #waiting: (() => void)[] = [];
  #isLent = false;

  constructor(database: BunAdapter, end: () => Promise<void>) {
    super({ database });
    this.#database = database;
    this.#end = end;
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#take();
    return super.acquireConnection();
  }

  override async releaseConnection(): Promise<void> {
    const durable = this.#database.settled();
    this.#giveBack();
    await durable;
  }

  /** Runs work while nobody has the connection. */
  async withoutWrites(work: () => Promise<void>): Promise<void> {
    await this.#take();
    try {
      await work();
    } finally {
      this.#giveBack();
    }
  }

  override async destroy(): Promise<void> {
    await this.#end();
    await super.destroy();
  }

  async #take(): Promise<void> {
    if (this.#isLent) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isLent = true;
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isLent = false;
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

  /** The driver lends its connection itself. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }

  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
