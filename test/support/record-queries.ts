import type { CompiledQuery } from 'kysely';
import type { TestApp } from './app.ts';

/** Parameters with commas between them, as both engines write them. */
const PARAMETERS = /(?:\+?\?|\$\d+)(?:, (?:\+?\?|\$\d+))*/g;

const OF_SIGN_INS = /"(sign_in_failures|trusted_sign_ins)"/;

interface Executor {
  executeQuery(query: CompiledQuery, ...rest: unknown[]): unknown;
  adapter: { lookUp?: (sql: string, parameters: readonly unknown[]) => unknown[] };
}

/**
 * Records the text of each query that reads, by either way to the database, except those that count sign-ins: they
 * depend on the requests before. Lists of parameters are recorded as one of them.
 */
export function recordQueries({ db }: Pick<TestApp, 'db'>) {
  const executor = db.getExecutor() as unknown as Executor;
  const executors = Object.getPrototypeOf(executor) as Executor;
  const { adapter } = executor;
  const { executeQuery } = executors;
  const { lookUp } = adapter;
  let queries: string[] = [];
  const record = (sql: string) => {
    if (/^select/i.test(sql) && !OF_SIGN_INS.test(sql)) queries.push(sql.replace(PARAMETERS, '?'));
  };
  executors.executeQuery = function (this: Executor, query, ...rest) {
    record(query.sql);
    return executeQuery.apply(this, [query, ...rest]);
  };
  if (lookUp)
    adapter.lookUp = (sql, parameters) => {
      record(sql);
      return lookUp.call(adapter, sql, parameters);
    };
  return {
    /** The queries since the last call, sorted. */
    take(): string[] {
      const taken = queries.sort();
      queries = [];
      return taken;
    },
    [Symbol.dispose]() {
      executors.executeQuery = executeQuery;
      if (lookUp) adapter.lookUp = lookUp;
    },
  };
}
