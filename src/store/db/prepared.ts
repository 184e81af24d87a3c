import type { CompiledQuery } from 'kysely';
import type { Db } from './database.ts';
import { isDirect } from './sqlite.ts';

/** What a query is asked with. */
type Parameter = string | number;

/**
 * A query that is put together once per engine, not at each call: building and compiling costs more than SQLite needs to answer.
 * For the look-ups that every request makes.
 * @param build given the database and stand-ins for the parameters; the query must not depend on anything else.
 * @param count how many parameters there are, where `build` takes the rest of them.
 */
export function prepared<Row, Parameters extends readonly Parameter[] = [string]>(
  build: (db: Db, ...parameters: Parameters) => { compile(): CompiledQuery<Row> },
  count = build.length - 1,
): (db: Db, ...parameters: Parameters) => Promise<Row[]> {
  const standIns = Array.from({ length: count }, (_, index) => `parameter ${index}`);
  const compiled = new WeakMap<object, { query: CompiledQuery<Row>; order: number[] }>();

  const compile = (db: Db) => {
    const query = build(db, ...(standIns as readonly Parameter[] as Parameters)).compile();
    const order = query.parameters.map((parameter) => standIns.indexOf(String(parameter)));
    if (new Set(order.filter((index) => index >= 0)).size !== count)
      throw new Error('a prepared query must use each of its parameters');
    return { query, order };
  };

  return async (db, ...parameters) => {
    const { adapter } = db.getExecutor();
    let known = compiled.get(adapter);
    if (!known) {
      known = compile(db);
      compiled.set(adapter, known);
    }
    const { query, order } = known;
    // What is no stand-in is part of the query: a limit, say.
    const values = order.map((index, at) => (index < 0 ? query.parameters[at] : parameters[index]));
    // Within a transaction it must see what the transaction has written.
    if (!db.isTransaction && isDirect(adapter)) return adapter.lookUp(query.sql, values) as Row[];
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: values });
    return rows;
  };
}
