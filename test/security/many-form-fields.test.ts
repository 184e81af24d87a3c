/**
 * The attack: a form of very many fields. `[]=&` 131,072 times, 512 KiB, kept the server busy for 47 seconds: the list
 * of each name was copied for every value. 16,000 empty parts of a multipart form took a second. Any user may send
 * either, before the address checks their rights. The fields are counted before they are parsed.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { fromPairs } from '../../src/api/body.ts';
import { privateToken, startApp, type TestApp } from '../support/app.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let app: TestApp;
let token = '';
beforeAll(async () => {
  app = await startApp('sqlite');
  token = (await app.seed.user()).token;
});
afterAll(() => app[Symbol.asyncDispose]());

const send = async (path: string, body: string, headers: Record<string, string>) => {
  const response = await app.fetch(path, { method: 'POST', headers: { ...privateToken(token), ...headers }, body });
  return [response.status, (await response.text()).includes('more than 4096 fields')];
};

test('a form with 131,072 fields is refused before it is parsed', async () => {
  expect(await send('/api/v4/groups', '[]=&'.repeat(131_072), FORM)).toEqual([400, true]);
  expect(await send('/api/v4/groups', 'a=1&'.repeat(4096), FORM)).toEqual([400, true]);
  // The last separator has an empty field behind it.
  expect(await send('/api/v4/groups', 'a=1&'.repeat(4095), FORM)).toEqual([400, false]);
});

test('forms of pages and of the token service are counted too', async () => {
  expect(await send('/users/sign_in', '&'.repeat(60_000), { ...FORM, Origin: 'http://postern.test' })).toEqual([
    400,
    true,
  ]);
  expect(await send('/jwt/auth', '&'.repeat(60_000), FORM)).toEqual([400, true]);
});

test('a multipart form of 16,000 parts is refused at its 4,097th', async () => {
  const part = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n';
  const type = { 'Content-Type': 'multipart/form-data; boundary=x' };
  expect(await send('/api/v4/groups', `${part.repeat(16_000)}--x--\r\n`, type)).toEqual([400, true]);
});

test('a list is built without a copy of it for each value', () => {
  const pairs = Array.from({ length: 4096 }, (_, i): [string, string] => ['a[]', String(i)]);
  let copied = 0;
  const iterator = Array.prototype[Symbol.iterator];
  // A spread of the list iterates over it.
  Array.prototype[Symbol.iterator] = function (this: unknown[]) {
    copied += 1;
    return iterator.call(this);
  } as typeof iterator;
  let read: Record<string, unknown>;
  try {
    read = fromPairs(pairs);
  } finally {
    Array.prototype[Symbol.iterator] = iterator;
  }
  expect((read['a'] as string[]).length).toBe(4096);
  // One for each pair, and one for all.
  expect(copied).toBeLessThanOrEqual(4097);
});
