import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { freshPostgresUrl } from '../../../test/support/postgres.ts';
import { isDiskFull, isDiskUnusable } from '../disk-full.ts';
import { isConnectionLost } from './errors.ts';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });
const failure = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

onEachEngine('a database driver', (engine) => {
  // An embedded database has no connection.
  if (engine !== 'postgres') return;
  test('reports a lost connection with errors that are all an outage', async () => {
    const { Client } = await import('pg');
    const client = new Client({ connectionString: await freshPostgresUrl() });
    const seen: unknown[] = [];
    client.on('error', (error) => seen.push(error));
    await client.connect();
    await failure(client.query('select pg_terminate_backend(pg_backend_pid())'));
    seen.push(await failure(client.query('select 1')));
    await client.end();
    seen.push(await failure(client.query('select 1')));
    expect(seen.map(String)).toContainEqual(expect.stringContaining('connection error and is not queryable'));
    expect(seen.filter((error) => !isConnectionLost(error)).map(String)).toEqual([]);
  });
});

test('a database without a free connection is away for now; a wrong statement is not', () => {
  expect(isConnectionLost(withCode('53300'))).toBe(true);
  expect(isConnectionLost(withCode('42601'))).toBe(false);
  expect(isConnectionLost(new Error('no such column'))).toBe(false);
});

test('a disk that takes no writes is not taken for a full one, also as the cause of an error', () => {
  for (const code of ['EROFS', 'EIO', 'SQLITE_READONLY', 'SQLITE_READONLY_DBMOVED', 'SQLITE_IOERR_WRITE', '25006'])
    expect([code, isDiskUnusable(new Error('failed', { cause: withCode(code) })), isDiskFull(withCode(code))]).toEqual([
      code,
      true,
      false,
    ]);
  expect([isDiskUnusable(withCode('ENOSPC')), isDiskFull(withCode('ENOSPC'))]).toEqual([false, true]);
  expect(isDiskUnusable(withCode('ENOENT'))).toBe(false);
});
