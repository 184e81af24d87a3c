import type { Kysely } from 'kysely';

export const kind = 'expand';

/** The log of a group tells of what was deleted below it too, which only its path still says. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('audit_events_path').on('audit_events').columns(['entity_path', 'id']).execute();
}
