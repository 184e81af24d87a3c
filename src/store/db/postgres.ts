import { type Dialect, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';

const INT8 = 20;

/** PostgreSQL by `pg`. 64-bit integers come as numbers: ids, sizes and milliseconds all stay below 2^53. */
export function postgresDialect(url: string): Dialect {
  const pool = new Pool({
    connectionString: url,
    max: 20,
    application_name: 'postern',
    connectionTimeoutMillis: 10_000,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? Number : types.getTypeParser(oid, format)) },
  });
  // A connection that dies while idle is replaced at the next query; without a listener it would end the program.
  pool.on('error', () => {});
  return new PostgresDialect({ pool });
}
