import type { CompiledQuery, Insertable, Selectable } from 'kysely';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import type { Db } from './database.ts';
import type { Schema } from './schema.ts';
import { isDirect } from './sqlite.ts';

/** A parameter of a query. */
type Parameter = string | number | null | Uint8Array;

type Build<Row, Parameters extends readonly Parameter[]> = (
  db: Db,
  ...parameters: Parameters
) => { compile(): CompiledQuery<Row> };

/**
 * A query that is put together once per engine, not at each call: building and compiling costs more than SQLite needs
 * to answer. For the look-ups that every request makes, and what is asked within a transaction again and again. SQLite
 * answers, or fails, before this returns.
 * @param build given the database and stand-ins for the parameters; the query must not depend on anything else.
 * @param count how many parameters there are, where `build` takes the rest of them.
 */
export function prepared<Row, Parameters extends readonly Parameter[] = [string]>(
  build: Build<Row, Parameters>,
  count = build.length - 1,
): (db: Db, ...parameters: Parameters) => MaybePromise<Row[]> {
  const ask = prepare(build, count);
  return (db, ...parameters) => ask(db, parameters);
}

/** The same for one row, the first: undefined when there is none. */
export function preparedOne<Row, Parameters extends readonly Parameter[] = [string]>(
  build: Build<Row, Parameters>,
): (db: Db, ...parameters: Parameters) => MaybePromise<Row | undefined> {
  const ask = prepare(build, build.length - 1);
  return (db, ...parameters) => thenMaybe(ask(db, parameters), first);
}

const first = <Row>(rows: Row[]): Row | undefined => rows[0];

function prepare<Row, Parameters extends readonly Parameter[]>(build: Build<Row, Parameters>, count: number) {
  const standIns = Array.from({ length: count }, (_, index) => `parameter ${index}`);
  const compiled = new WeakMap<object, { query: CompiledQuery<Row>; order: number[] | null; reads: boolean }>();

  const compile = (db: Db) => {
    const query = build(db, ...(standIns as readonly Parameter[] as Parameters)).compile();
    const order = query.parameters.map((parameter) => standIns.indexOf(String(parameter)));
    if (new Set(order.filter((index) => index >= 0)).size !== count)
      throw new Error('a prepared query must use each of its parameters');
    const asTheyCome = order.length === count && order.every((index, at) => index === at);
    return { query, order: asTheyCome ? null : order, reads: query.query.kind === 'SelectQueryNode' };
  };

  return (db: Db, parameters: Parameters): MaybePromise<Row[]> => {
    const { adapter } = db.getExecutor();
    let known = compiled.get(adapter);
    if (!known) {
      known = compile(db);
      compiled.set(adapter, known);
    }
    const { query, order, reads } = known;
    // A value that is no stand-in is part of the query, such as a limit.
    const values =
      order === null ? parameters : order.map((index, at) => (index < 0 ? query.parameters[at] : parameters[index]));
    // Within a transaction it must see what the transaction has written; and the connection for look-ups writes
    // nothing.
    if (isDirect(adapter) && db.isTransaction) return adapter.inTransaction(query.sql, values) as Row[];
    if (isDirect(adapter) && reads) return adapter.lookUp(query.sql, values) as Row[];
    return db.executeQuery<Row>({ ...query, parameters: values }).then(({ rows }) => rows);
  };
}

/**
 * An insert of these columns, put together once: for the rows that every publication writes. A column that a row leaves
 * out is null.
 * @returns the row as it is in the table.
 */
export function preparedInsert<T extends keyof Schema>(
  table: T,
  columns: Columns<T>,
): (db: Db, row: Insertable<Schema[T]>) => Promise<Selectable<Schema[T]>> {
  const insert = prepared<Selectable<Schema[T]>, Parameter[]>((db, ...parameters) => {
    const query = insertOf(db, table, columns, parameters).returningAll();
    return query as unknown as { compile(): CompiledQuery<Selectable<Schema[T]>> };
  }, columns.length);
  return async (db, row) => {
    const [inserted] = await insert(db, ...valuesOf(row, columns));
    if (!inserted) throw new Error(`nothing came back of a row for ${table}`);
    return inserted;
  };
}

/** The same for a row that nobody looks at again: to read it back costs about as much as to write it. */
export function preparedAppend<T extends keyof Schema>(
  table: T,
  columns: Columns<T>,
): (db: Db, row: Insertable<Schema[T]>) => Promise<void> {
  const insert = prepared<never, Parameter[]>((db, ...parameters) => {
    const query = insertOf(db, table, columns, parameters);
    return query as unknown as { compile(): CompiledQuery<never> };
  }, columns.length);
  return async (db, row) => {
    await insert(db, ...valuesOf(row, columns));
  };
}

type Columns<T extends keyof Schema> = readonly (keyof Insertable<Schema[T]> & string)[];

function insertOf<T extends keyof Schema>(db: Db, table: T, columns: Columns<T>, parameters: readonly Parameter[]) {
  const row = Object.fromEntries(columns.map((column, index) => [column, parameters[index]]));
  // Which columns a table has is known to the caller; here, where tables of all kinds meet, that is forgotten.
  return db.insertInto(table).values(row as unknown as Insertable<Schema[T]>);
}

const valuesOf = (row: object, columns: readonly string[]): Parameter[] =>
  columns.map((column) => ((row as Record<string, unknown>)[column] ?? null) as Parameter);
