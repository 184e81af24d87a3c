import { DAY } from '../../lib/clock.ts';
import { inTransaction } from '../../store/db/database.ts';
import { addUsage, deleteUsageBefore, listUsage, type UsageSubject } from '../../store/tables/usage-counts.ts';
import type { Deps } from '../deps.ts';
import { createBatch } from './batch.ts';

export type { UsageSubject };

/** How often something was used on a day. */
export interface DayOfUse {
  /** The first moment of the day, in UTC. */
  day: number;
  /** Requests by protocol. */
  requests: Readonly<Record<string, number>>;
}

export type UsageCounts = ReturnType<typeof createUsageCounts>;

/** Older counts are of no use to anyone; they are removed. */
const KEPT_DAYS = 92;

const dayOf = (instant: number) => Math.floor(instant / DAY);

/** Counts requests by deploy token and by project, a day and a protocol. */
export function createUsageCounts({ db, clock, report }: Deps) {
  let cleared = 0;
  const batch = createBatch<string, number>({ report }, 'counts of requests', sum, async (counts) => {
    const today = dayOf(clock());
    await inTransaction(db, async (trx) => {
      await addUsage(trx, [...counts].map(toRow));
      if (cleared !== today) await deleteUsageBefore(trx, today - KEPT_DAYS);
    });
    cleared = today;
  });

  return {
    /** Notes a request. */
    note(kind: UsageSubject, id: number, protocol: string): void {
      batch.note(`${kind} ${id} ${dayOf(clock())} ${protocol}`, 1);
    },

    /**
     * Each of the last days, the oldest first and today last.
     * @returns by id; one that was not used has days without requests.
     */
    async lastDays(kind: UsageSubject, ids: readonly number[], days: number): Promise<Map<number, DayOfUse[]>> {
      const first = dayOf(clock()) - days + 1;
      const found = new Map(ids.map((id) => [id, emptyDays(first, days)] as const));
      for (const row of await listUsage(db, kind, ids, first)) {
        const day = found.get(row.subject_id)?.[row.day - first];
        if (day) day.requests[row.protocol] = row.requests;
      }
      return found;
    },

    flush: batch.flush,
    [Symbol.asyncDispose]: () => batch[Symbol.asyncDispose](),
  };
}

const sum = (a: number, b: number) => a + b;

function toRow([key, requests]: [string, number]) {
  const [kind = '', id, day, protocol = ''] = key.split(' ');
  return { subject_kind: kind as UsageSubject, subject_id: Number(id), day: Number(day), protocol, requests };
}

function emptyDays(first: number, days: number): { day: number; requests: Record<string, number> }[] {
  return Array.from({ length: days }, (_, i) => ({ day: (first + i) * DAY, requests: {} }));
}
