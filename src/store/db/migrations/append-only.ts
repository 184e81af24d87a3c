import { type Kysely, sql } from 'kysely';
import { isPostgres } from './columns.ts';

/**
 * Makes the engine refuse to change or delete rows of a table, whatever statement asks: an audit log that a fault of
 * ours, or a hole in it, could edit would prove nothing. The owner of the database can still take the triggers away, on
 * purpose.
 */
export async function forbidChanges(db: Kysely<unknown>, table: string): Promise<void> {
  const name = sql.ref(table);
  if (!isPostgres(db)) {
    for (const verb of ['update', 'delete']) {
      const trigger = sql.ref(`${table}_no_${verb}`);
      const why = sql.lit(`rows of ${table} are never changed or deleted`);
      await sql`create trigger ${trigger} before ${sql.raw(verb)} on ${name} begin select raise(abort, ${why}); end`.execute(
        db,
      );
    }
    return;
  }
  await sql`create function refuse_change() returns trigger language plpgsql as
    'begin raise exception ''rows of % are never changed or deleted'', tg_table_name; end'`.execute(db);
  await sql`create trigger ${sql.ref(`${table}_no_change`)} before update or delete or truncate on ${name}
    for each statement execute function refuse_change()`.execute(db);
}
