import { existsSync } from 'node:fs';
import { MINUTE } from '../../lib/clock.ts';
import { StartError } from '../../lib/start-error.ts';
import {
  connectDatabase,
  type Database,
  type DatabaseAddress,
  databaseClock,
  migrationState,
  unreachable,
} from '../../store/db/database.ts';
import { latestAuditInstant } from '../../store/tables/audit-events.ts';
import { countSecretsSealedOtherwise } from '../../store/tables/deploy-tokens.ts';
import { countKeysSealedOtherwise } from '../../store/tables/signing-keys.ts';
import { type Check, fail, ok, warning } from './check.ts';

const MEND_FILE =
  'See that we may read and write it and its folder; if it is damaged, put back a copy, with the server stopped.';
const MEND_SERVER = 'See that it runs, that it may be reached from here, and that its URL is right.';

/**
 * Looks at the database, and with its help at the clock and the secret key. Changes nothing.
 * @param keyId which key we would seal with; null when there is none yet.
 */
export async function checkDatabase(address: DatabaseAddress, keyId: string | null, now: number): Promise<Check[]> {
  if (address.engine === 'sqlite' && !existsSync(address.file))
    return [ok('database', `${address.file} is not there yet; the first start makes it.`)];
  let database: Database | undefined;
  try {
    database = await connectDatabase(address);
    return await look(database, keyId, now);
  } catch (error) {
    const message = error instanceof StartError ? error.message : unreachable(address, error).message;
    return [fail('database', message, address.engine === 'sqlite' ? MEND_FILE : MEND_SERVER)];
  } finally {
    await database?.[Symbol.asyncDispose]();
  }
}

async function look(database: Database, keyId: string | null, now: number): Promise<Check[]> {
  const { pending, ahead, refused } = await migrationState(database.db);
  if (refused.length > 0 || (ahead.length > 0 && pending.length > 0)) {
    const message = `The database is newer than this program: it has ${[...ahead, ...refused].join(', ')}.`;
    return [fail('database', message, 'Start the newer Postern, or restore a backup from before it ran.')];
  }
  if (pending.length > 0) {
    const message = `The database (${database.engine}) is reachable; ${pending.length} migrations are to come.`;
    return [warning('database', message, 'They are applied by the next start. Make a backup first.')];
  }
  const checks = [upToDate(database.engine, ahead)];
  checks.push(await checkClock(database, now));
  if (keyId !== null) checks.push(...(await checkSealed(database, keyId)));
  return checks;
}

function upToDate(engine: string, ahead: readonly string[]): Check {
  if (ahead.length === 0) return ok('database', `The database (${engine}) is reachable and up to date.`);
  const message = `The database (${engine}) is reachable, and newer than this program: it has ${ahead.join(', ')}.`;
  return warning('database', message, 'This program works on it. Update this node as well.');
}

/**
 * The clock decides when tokens expire. It cannot be right when what was written is later than now, or the database
 * disagrees.
 */
async function checkClock(database: Database, now: number): Promise<Check> {
  const advice = 'Set the clock, and keep it right with NTP: it decides when tokens expire.';
  const latest = await latestAuditInstant(database.db);
  if (latest !== null && latest > now + MINUTE) {
    return fail('clock', `It is ${iso(now)} here, but the audit log has an event of ${iso(latest)}.`, advice);
  }
  const theirs = await databaseClock(database);
  const apart = Math.round(Math.abs(theirs - now) / 1000);
  if (apart > 5) return fail('clock', `The clocks here and at the database are ${apart} seconds apart.`, advice);
  return ok('clock', `It is ${iso(now)}; the database and the audit log agree.`);
}

const iso = (instant: number) => new Date(instant).toISOString();

/** Seals are opened by the instance key that made them, and by no other. */
async function checkSealed({ db }: Database, keyId: string): Promise<Check[]> {
  const advice = 'Set POSTERN_SECRET_KEY, or put secret.key of the data folder back, as they were.';
  const lost = [
    [await countSecretsSealedOtherwise(db, keyId), 'secrets of deploy tokens were'],
    [await countKeysSealedOtherwise(db, keyId), 'signing keys were'],
  ] as const;
  return lost
    .filter(([count]) => count > 0)
    .map(([count, what]) => fail('secret key', `${count} ${what} sealed with another key than this one.`, advice));
}
