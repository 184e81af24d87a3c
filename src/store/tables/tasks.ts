import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { TaskOutcome, TasksTable } from '../db/tasks-schema.ts';

export type { TaskOutcome } from '../db/tasks-schema.ts';
export type TaskRow = Selectable<TasksTable>;

/** A kind and a subject name one task. */
export interface TaskKey {
  kind: string;
  subject: number;
}

/** PostgreSQL takes a parameter for text where nothing beside it has a type. */
const integer = (value: number | null) => sql<number>`cast(${value} as bigint)`;

/**
 * Plans a task for an instant, or earlier when it is planned earlier already. Leaves the time of a task that runs or
 * that failed, and counts the request. Writes nothing where nothing changes: every push asks.
 * @param everyMs the least time after the end of the last successful run, in milliseconds.
 */
export async function requestTask(db: Db, { kind, subject }: TaskKey, dueAt: number, everyMs: number): Promise<void> {
  const after = sql<number>`coalesce(tasks.succeeded_at, 0) + ${integer(everyMs)}`;
  const earliest = sql<number>`case when ${after} > ${integer(dueAt)} then ${after} else ${integer(dueAt)} end`;
  await db
    .insertInto('tasks')
    .values({ kind, subject, due_at: dueAt, requests: 1, attempts: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'subject'])
        .doUpdateSet({
          requests: sql`tasks.requests + 1`,
          due_at: sql`case when tasks.attempts = 0 then ${earliest} else tasks.due_at end`,
        })
        .where((eb) =>
          eb.or([
            eb('tasks.owner', 'is not', null),
            eb('tasks.due_at', 'is', null),
            eb.and([eb('tasks.attempts', '=', 0), eb('tasks.due_at', '>', earliest)]),
          ]),
        ),
    )
    .execute();
}

/**
 * Makes the row of a task that has none, due at `firstAt`. One that has a row becomes due at `latestAt`, where it is
 * not due earlier.
 */
export async function planTask(
  db: Db,
  { kind, subject }: TaskKey,
  { firstAt, latestAt }: { firstAt: number; latestAt: number },
): Promise<void> {
  await db
    .insertInto('tasks')
    .values({ kind, subject, due_at: firstAt, requests: 0, attempts: 0 })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'subject'])
        .doUpdateSet({ due_at: latestAt })
        .where((eb) =>
          eb.and([
            eb('tasks.attempts', '=', 0),
            eb.or([eb('tasks.due_at', 'is', null), eb('tasks.due_at', '>', latestAt)]),
          ]),
        ),
    )
    .execute();
}

/** Takes a task out of the plan, and keeps what is known of its last run. */
export async function unplanTasks(db: Db, kind: string): Promise<void> {
  await db.updateTable('tasks').set({ due_at: null }).where('kind', '=', kind).where('owner', 'is', null).execute();
}

/** Tasks that are due and that nobody runs, the longest due first. */
export function findDueTasks(db: Db, kinds: readonly string[], now: number, limit: number): Promise<TaskRow[]> {
  return db
    .selectFrom('tasks')
    .selectAll()
    .where('due_at', '<=', now)
    .where('kind', 'in', [...kinds])
    .where((eb) => eb.or([eb('owner', 'is', null), eb('lease_until', '<=', now)]))
    .orderBy('due_at')
    .orderBy('subject')
    .limit(limit)
    .execute();
}

export interface Lease {
  owner: string;
  /** When it was taken. */
  now: number;
  until: number;
  /** When the task is due again if the holder of the lease dies. */
  retryAt: number;
}

/**
 * Takes the lease of a task that nobody runs; of several who try at once one gets it.
 * @param onlyDue refuses a task that is not due: another server may have run it since it was listed as due.
 * @returns the row as it is now; undefined when somebody else has the lease, or when the task is not due.
 */
export function takeLease(
  db: Db,
  { kind, subject }: TaskKey,
  { owner, now, until, retryAt }: Lease,
  { onlyDue }: { onlyDue: boolean },
): Promise<TaskRow | undefined> {
  const query = db
    .updateTable('tasks')
    .set({
      owner,
      lease_until: until,
      started_at: now,
      due_at: retryAt,
      attempts: sql`attempts + 1`,
    })
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where((eb) => eb.or([eb('owner', 'is', null), eb('lease_until', '<=', now)]))
    .returningAll();
  return (onlyDue ? query.where('due_at', '<=', now) : query).executeTakeFirst();
}

/** @returns whether the lease was still this owner's. */
export async function renewLease(
  db: Db,
  { kind, subject }: TaskKey,
  { owner, until, retryAt }: Omit<Lease, 'now'>,
): Promise<boolean> {
  const result = await db
    .updateTable('tasks')
    .set({ lease_until: until, due_at: retryAt })
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('owner', '=', owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** How a run ended. */
export interface Settlement {
  owner: string;
  /** How many requests there were when the run began. */
  requests: number;
  endedAt: number;
  outcome: TaskOutcome;
  error: string | null;
  /** Undefined: as it was. */
  state?: string | null;
  attempts: number;
  dueAt: number | null;
  /** When the task is due if it was requested during the run; undefined: at `dueAt` too. */
  requestedDueAt?: number;
}

/** Gives the lease back. @returns whether it was still this owner's; if not, nothing is written. */
export async function settleTask(db: Db, { kind, subject }: TaskKey, end: Settlement): Promise<boolean> {
  const { dueAt, requestedDueAt } = end;
  const result = await db
    .updateTable('tasks')
    .set({
      owner: null,
      lease_until: null,
      ended_at: end.endedAt,
      outcome: end.outcome,
      error: end.error,
      attempts: end.attempts,
      due_at:
        requestedDueAt === undefined
          ? dueAt
          : sql<
              number | null
            >`case when requests > ${end.requests} then ${integer(requestedDueAt)} else ${integer(dueAt)} end`,
      ...(end.outcome === 'done' ? { succeeded_at: end.endedAt } : {}),
      ...(end.state === undefined ? {} : { state: end.state }),
    })
    .where('kind', '=', kind)
    .where('subject', '=', subject)
    .where('owner', '=', end.owner)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Removes a task whose subject is gone. */
export async function deleteTask(db: Db, { kind, subject }: TaskKey): Promise<void> {
  await db.deleteFrom('tasks').where('kind', '=', kind).where('subject', '=', subject).execute();
}

/** Running tasks first, then those that failed, then in the order in which they are due. */
export function listTasks(db: Db, limit: number): Promise<TaskRow[]> {
  return db
    .selectFrom('tasks')
    .selectAll()
    .orderBy(sql`case when owner is not null then 0 when subject = 0 then 1 when outcome = 'failed' then 2 else 3 end`)
    .orderBy(sql`case when due_at is null then 1 else 0 end`)
    .orderBy('due_at')
    .orderBy('kind')
    .orderBy('subject')
    .limit(limit)
    .execute();
}

/** The state of one kind for the metrics and the health page. */
export interface TaskCounts {
  kind: string;
  tasks: number;
  due: number;
  running: number;
  failed: number;
  /** When the latest successful run of any of them ended. */
  succeeded_at: number | null;
}

export async function countTasks(db: Db, now: number): Promise<TaskCounts[]> {
  const count = (condition: ReturnType<typeof sql<boolean>>) =>
    sql<number>`cast(coalesce(sum(case when ${condition} then 1 else 0 end), 0) as bigint)`;
  const rows = await db
    .selectFrom('tasks')
    .select((eb) => [
      'kind',
      eb.fn.countAll<number>().as('tasks'),
      count(sql<boolean>`due_at <= ${now} and owner is null`).as('due'),
      count(sql<boolean>`owner is not null and lease_until > ${now}`).as('running'),
      count(sql<boolean>`outcome = 'failed'`).as('failed'),
      eb.fn.max('succeeded_at').as('succeeded_at'),
    ])
    .groupBy('kind')
    .orderBy('kind')
    .execute();
  return rows;
}
