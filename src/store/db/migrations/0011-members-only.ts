import type { Kysely } from 'kysely';

export const kind = 'expand';

/** Features of a project that only its members may use, even if others see the project. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const feature of ['repository', 'registry', 'packages'])
    await db.schema
      .alterTable('projects')
      .addColumn(`${feature}_members_only`, 'integer', (c) => c.notNull().defaultTo(0))
      .execute();
}
