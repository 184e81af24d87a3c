import type { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';

/**
 * A query with one parameter that is put together once per engine, not at each call: building and compiling costs more than
 * SQLite needs to answer. For the look-ups that every request makes.
 * @param build given the database and a stand-in for the parameter; the query must not depend on anything else.
 */
export function prepared<Row>(
  build: (db: Db, parameter: string) => { compile(): CompiledQuery<Row> },
): (db: Db, parameter: string) => Promise<Row[]> {
  const compiled = new WeakMap<object, CompiledQuery<Row>>();
  return async (db, parameter) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (!query) {
      query = build(db, '').compile();
      if (query.parameters.length !== 1) throw new Error('a prepared query has one parameter');
      compiled.set(adapter, query);
    }
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: [parameter] });
    return rows;
  };
}
