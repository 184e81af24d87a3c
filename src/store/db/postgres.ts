import { type Dialect, PostgresDialect } from 'kysely';
import { Pool, type PoolClient, types } from 'pg';
import { refuseNul } from './refuse-nul.ts';
import type { PostgresAddress } from './types.ts';

const INT8 = 20;

/** PostgreSQL by `pg`. 64-bit integers come as numbers: ids, sizes and milliseconds all stay below 2^53. */
export function postgresDialect({ url, pool: max = 20 }: PostgresAddress): Dialect {
  const pool = new Pool({
    connectionString: url,
    max,
    application_name: 'postern',
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
  });
  // A connection that dies is replaced at the next query, and the running query reports the failure. Without
  // listeners it would end the program: the pool's hears of one that is idle, the connection's own of one that is lent
  // out.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
    checkParameters(client);
  });
  return new PostgresDialect({ pool });
}

/** Looks at the parameters of every query before they leave. */
function checkParameters(client: PoolClient): void {
  const send = client.query.bind(client) as (...args: unknown[]) => unknown;
  const query = (...args: unknown[]) => {
    refuseNul(args[1]);
    return send(...args);
  };
  client.query = query as typeof client.query;
}
