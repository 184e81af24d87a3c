/**
 * Every row that changes something confirms its access in the transaction of the change. Each is sent twice: with a
 * credential that ends between the first decision and the transaction, and with a credential that stays good. The first
 * request changes nothing; the second, which is the same, does. A new row fails here until it has a case, or a reason
 * to need none.
 */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { Admission } from '../../src/gate/admission.ts';
import { createAttempts } from '../../src/gate/attempts.ts';
import { createGate, type Gate } from '../../src/gate/gate.ts';
import { createHashGate } from '../../src/gate/hash-gate.ts';
import { createDispatch, type Dispatch } from '../../src/http/dispatch.ts';
import type { Route } from '../../src/http/route.ts';
import { thenMaybe } from '../../src/lib/maybe-promise.ts';
import { httpDepsOf } from '../support/http-deps.ts';
import { addressOfRow } from '../support/row-address.ts';
import { API } from './confirmed-changes/api.ts';
import { BRANCHES } from './confirmed-changes/branches.ts';
import { CLIENTS } from './confirmed-changes/clients.ts';
import { PAGES } from './confirmed-changes/pages.ts';
import { type Cases, createWorld, type Sent, type World } from './confirmed-changes/world.ts';

const CASES: Cases = { ...API, ...PAGES, ...BRANCHES, ...CLIENTS };

const SECURITY = '-/npm/v1/security';
const ADVISES = 'answers with advisories, and stores nothing';

/** Rows with another method than GET that confirm nothing. */
const REASONS: Readonly<Record<string, string>> = {
  'POST /users/sign_in': 'begins a session for a password that was checked in the same request',
  'POST /:path/-/settings/packages_and_registries/cleanup_image_tags/preview': 'counts tags, and stores nothing',
  'POST /jwt/auth': 'issues a bearer token, which is not stored, and with which every request is decided again',
  'POST /:repo/git-upload-pack': 'sends objects: the request has a body, and stores nothing',
  'POST /:repo/info/lfs/objects/batch': 'answers with addresses, and stores nothing',
  'POST /:repo/info/lfs/objects': 'answers that the old API is not there',
  'POST /:repo/info/lfs/verify': 'looks whether an object is there',
  'POST /:repo/info/lfs/locks/verify': 'lists locks',
  'PATCH /v2/:name/blobs/uploads/:upload': 'appends to an upload of the same credential, which nobody sees',
  'DELETE /v2/:name/blobs/uploads/:upload': 'discards an upload of the same credential, which nobody has seen',
  [`POST /api/v4/projects/:id/packages/npm/${SECURITY}/advisories/bulk`]: ADVISES,
  [`POST /api/v4/projects/:id/packages/npm/${SECURITY}/audits/quick`]: ADVISES,
  [`POST /api/v4/projects/:id/packages/npm/${SECURITY}/audits`]: ADVISES,
  [`POST /api/v4/groups/:id/-/packages/npm/${SECURITY}/advisories/bulk`]: ADVISES,
  [`POST /api/v4/groups/:id/-/packages/npm/${SECURITY}/audits/quick`]: ADVISES,
  [`POST /api/v4/packages/npm/${SECURITY}/advisories/bulk`]: ADVISES,
  [`POST /api/v4/packages/npm/${SECURITY}/audits/quick`]: ADVISES,
};

/** Several cases of one row differ by a word behind `#`. */
const rowOf = (key: string) => key.split(' # ')[0] ?? key;

const keyOf = ({ method, path }: Route) => `${method} ${path.replace(/\{(?:[^{}]|\{[^{}]*\})*\}/g, '')}`;

let world: World;
let rows: Map<string, Route>;
let dispatch: Dispatch;
/** Called when a request has been admitted, before its handler. */
let admitted: () => Promise<void> = async () => {};
/** Whether each confirmation was in a transaction. */
let confirmed: boolean[] = [];

beforeAll(async () => {
  world = await createWorld();
  const { app } = world;
  const changes = app.app.protocols.flatMap(({ routes }) => routes.filter(({ method }) => method !== 'GET'));
  rows = new Map(changes.map((row) => [keyOf(row), row]));
  dispatch = createDispatch({ gate: interrupted(), ...httpDepsOf(app) }, app.app.protocols);
});
afterAll(() => world.app[Symbol.asyncDispose]());

/** The gate, with a pause after each admission, and a note of each confirmation. */
function interrupted(): Gate {
  const { services, time } = world.app;
  const gate = createGate({
    ...services,
    access: {
      ...services.access,
      again(tx, facts, userId) {
        confirmed.push(tx.isTransaction);
        return services.access.again(tx, facts, userId);
      },
    },
    attempts: createAttempts(services.signInCounts, () => time.now),
    hashGate: createHashGate(),
  });
  return {
    ...gate,
    admit: (...request) =>
      thenMaybe(gate.admit(...request), async (outcome) => {
        if (outcome instanceof Admission) await admitted();
        return outcome;
      }),
  };
}

/** Ends the credentials of the caller for a while: the session of a page, or the user. */
async function ended(isPage: boolean, isEnded: boolean): Promise<void> {
  const { app, admin } = world;
  if (isPage) {
    const created_at = isEnded ? 0 : app.time.now;
    await app.db.updateTable('sessions').set({ created_at }).where('user_id', '=', admin.id).execute();
  } else {
    const blocked = isEnded ? 1 : 0;
    await app.db.updateTable('users').set({ blocked }).where('id', '=', admin.id).execute();
  }
}

const isUse = (column: string) => /^(last_used|touched)/.test(column);

/** Everything that is stored, but for the use of credentials, sign-ins, and what is written in the background. */
async function stored(): Promise<string> {
  const { db } = world.app;
  const tables = await db.introspection.getTables();
  const parts: string[] = [];
  for (const { name } of tables) {
    if (/^(usage|sign_in|sent_forms|tasks|package_documents|package_repository)/.test(name)) continue;
    const found = (await db
      .selectFrom(name as 'users')
      .selectAll()
      .execute()) as Record<string, unknown>[];
    const kept = found
      .filter((row) => !/^user_(signed|sign_in)/.test(String(row['action'] ?? '')))
      .map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !isUse(column))));
    parts.push(`${name} ${JSON.stringify(kept, (_, value) => (typeof value === 'bigint' ? String(value) : value))}`);
  }
  return parts.join('\n');
}

async function send(row: Route, { values, on = {}, query, headers = {}, body = null }: Sent) {
  const { access, method } = row;
  const by = (access.on === 'project' || access.on === 'group') && access.by === 'id' ? 'id' : 'path';
  const address = addressOfRow(row, { ...world.named, ...on }, by, values);
  const request = new Request(`http://postern.test${address}${query ? `?${query}` : ''}`, { method, headers, body });
  const response = await dispatch(request, { peer: '127.0.0.1', disableIdleTimeout: () => {} });
  return { status: response.status, text: await response.text() };
}

test('every route that is not a GET has a case here, or a reason why it confirms nothing', () => {
  const known = [...Object.keys(CASES).map(rowOf), ...Object.keys(REASONS)];
  expect([...rows.keys()].filter((row) => !known.includes(row))).toEqual([]);
  expect(known.filter((row) => !rows.has(row))).toEqual([]);
  expect(Object.keys(CASES).filter((key) => rowOf(key) in REASONS)).toEqual([]);
});

for (const [key, make] of Object.entries(CASES))
  test(`${key} confirms its access in the transaction of its change`, async () => {
    const row = rows.get(rowOf(key));
    if (!row) throw new Error('there is no such row');
    const isPage = !/^\S+ (\/api|\/v2|\/:repo)\b/.test(key);
    const request = await make(world);

    const before = await stored();
    admitted = () => ended(isPage, true);
    const refused = await send(row, request);
    await ended(isPage, false);
    admitted = async () => {};
    const isRefused = refused.status === 401 || refused.status === 303 || /ng refs\/\S+ /.test(refused.text);
    expect([isRefused, refused.status]).toEqual([true, refused.status]);
    expect(await stored()).toBe(before);

    confirmed = [];
    const done = await send(row, request);
    expect([done.status < 400, done.status, done.status < 400 ? '' : done.text]).toEqual([true, done.status, '']);
    expect(await stored()).not.toBe(before);
    expect(confirmed.length).toBeGreaterThan(0);
    expect(confirmed.every(Boolean)).toBe(true);
  });
