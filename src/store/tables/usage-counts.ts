import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { UsageCountsTable } from '../db/schema.ts';

export type UsageSubject = UsageCountsTable['subject_kind'];

/** Adds to what is counted already. */
export async function addUsage(db: Db, rows: readonly Selectable<UsageCountsTable>[]): Promise<void> {
  // In one order, so that two servers that write at once wait for each other rather than both for ever.
  const sorted = [...rows].sort((a, b) => keyOf(a).localeCompare(keyOf(b)));
  for (let at = 0; at < sorted.length; at += 1000) {
    await db
      .insertInto('usage_counts')
      .values(sorted.slice(at, at + 1000))
      .onConflict((c) =>
        c.columns(['subject_kind', 'subject_id', 'day', 'protocol']).doUpdateSet((eb) => ({
          requests: eb('usage_counts.requests', '+', eb.ref('excluded.requests')),
        })),
      )
      .execute();
  }
}

const keyOf = ({ subject_kind, subject_id, day, protocol }: Selectable<UsageCountsTable>) =>
  [subject_kind, subject_id, day, protocol].join(' ');

export function listUsage(
  db: Db,
  kind: UsageSubject,
  ids: readonly number[],
  fromDay: number,
): Promise<Selectable<UsageCountsTable>[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('usage_counts')
    .selectAll()
    .where('subject_kind', '=', kind)
    .where('subject_id', 'in', ids)
    .where('day', '>=', fromDay)
    .execute();
}

export async function deleteUsageBefore(db: Db, day: number): Promise<void> {
  await db.deleteFrom('usage_counts').where('day', '<', day).execute();
}
