import type { Kysely } from 'kysely';

export const kind = 'expand';

/** The log of a group also shows what was deleted below it, which only the path still identifies. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('audit_events_path').on('audit_events').columns(['entity_path', 'id']).execute();
}
