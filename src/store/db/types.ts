import type { Kysely } from 'kysely';
import type { Schema } from './schema.ts';

export type Engine = 'sqlite' | 'postgres';
/** The database, or a transaction on it. */
export type Db = Kysely<Schema>;

export interface Database extends AsyncDisposable {
  readonly engine: Engine;
  readonly db: Db;
  /** Keeps other processes on the same database from doing the same at the same time. */
  readonly processLock: ProcessLock;
  /**
   * Runs the server, unless another process is the server of the same embedded database: then null. Several servers may
   * share PostgreSQL.
   */
  serve<T>(work: () => Promise<T>): Promise<T | null>;
}

export type DatabaseAddress = { engine: 'sqlite'; file: string } | PostgresAddress;

export interface PostgresAddress {
  engine: 'postgres';
  url: string;
  /** Connections of the pool at most; default 20. */
  pool?: number;
}

/** Does work unless another process is at it. @returns what it came to; null when it was not begun. */
export type ProcessLock = <T>(name: string, work: () => Promise<T>) => Promise<T | null>;
