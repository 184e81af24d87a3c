import { test } from 'bun:test';
import { sql } from 'kysely';
import type { Db } from '../src/store/db/database.ts';
import { startApp } from './support/app.ts';
import { onEachEngine } from './support/engines.ts';
import { columns, expectFile } from './support/snapshot.ts';

onEachEngine('schema', (engine) => {
  test('the schema is the one that was looked at', async () => {
    await using started = await startApp(engine);
    await expectFile(
      `test/snapshots/schema.${engine}.txt`,
      await (engine === 'sqlite' ? ofSqlite : ofPostgres)(started.db),
    );
  });
});

/** SQLite keeps the statements that made each table and index. */
async function ofSqlite(db: Db): Promise<string> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master where sql is not null and name not like 'sqlite_%' and name not like 'kysely_%'
    order by tbl_name, type desc, name`.execute(db);
  return rows.map((row) => `${onLines(row.sql)};\n`).join('\n');
}

/** One line per column and constraint; a comma inside further parentheses is part of their content. */
function onLines(statement: string): string {
  if (!statement.startsWith('CREATE TABLE')) return statement;
  let depth = 0;
  return [...statement]
    .map((letter) => {
      if (letter === '(') return ++depth === 1 ? '(\n  ' : letter;
      if (letter === ')') return --depth === 0 ? '\n)' : letter;
      return letter === ',' && depth === 1 ? ',\n ' : letter;
    })
    .join('');
}

/** PostgreSQL does not, so its catalogue is printed. */
async function ofPostgres(db: Db): Promise<string> {
  const lines = await sql<{ place: string; kind: string; name: string; text: string }>`
    select table_name::text as place, 'column' as kind, lpad(ordinal_position::text, 2, '0') || ' ' || column_name as name,
      data_type || case is_nullable when 'NO' then ' not null' else '' end
        || coalesce(' default ' || column_default, '') || case is_identity when 'YES' then ' identity' else '' end as text
      from information_schema.columns where table_schema = 'public'
    union all
    select conrelid::regclass::text, 'constraint', conname::text, pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace
    union all
    select tablename::text, 'index', indexname::text, regexp_replace(indexdef, ' ON public\.', ' ON ')
      from pg_indexes where schemaname = 'public'
    order by 1, 2, 3`.execute(db);
  const ours = lines.rows.filter(({ place }) => !place.startsWith('kysely_'));
  return columns(ours.map(({ place, kind, name, text }) => [place, kind, name, text]));
}
