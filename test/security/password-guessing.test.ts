/**
 * The attack: guess a user's password over git's Basic credentials, one name from one address, one name from many
 * addresses, one password for many names, or so many at once that the server does nothing but hash. The counter-attack
 * on a naive defence: fail on purpose, so that other users of the same address, or the owner of the account, are locked
 * out. (GO-2025-3855, lock-out by-pass; decision 0003.)
 */

import { afterAll, beforeAll, expect, type Mock, spyOn, test } from 'bun:test';
import { LIMITS } from '../../src/gate/attempts.ts';
import { GATE } from '../../src/gate/hash-gate.ts';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';

const REFS = 'info/refs?service=git-upload-pack';

async function scene(engine: 'sqlite' | 'postgres') {
  const app = await startApp(engine);
  const ada = await app.seed.user({ username: 'ada', password: PASSWORD });
  const bob = await app.seed.user({ username: 'bob', password: PASSWORD });
  const group = await app.seed.group(null, { visibility: 'internal' });
  const project = await app.seed.project(group, { visibility: 'internal' });
  const token = await app.seed.deployToken(project);
  const url = `/${project.full_path}.git/${REFS}`;
  const get = (username: string, password: string, ip: string) =>
    app.fetch(url, { headers: basic(username, password), ip });
  return { app, ada, bob, token, url, get };
}

/**
 * How often a password is hashed is what these tests are about, not how slow each hash is: they guess at one of the
 * same password that is quick to check. An unknown user is refused whatever the result is.
 */
const check = Bun.password.verify;
const quick = Bun.password.hash(PASSWORD, { algorithm: 'argon2id', memoryCost: 8, timeCost: 1 });
const checkQuickly: typeof check = async (password) => check(password, await quick);
let verify: Mock<typeof check>;
beforeAll(() => {
  verify = spyOn(Bun.password, 'verify').mockImplementation(checkQuickly);
});
afterAll(() => verify.mockRestore());

/** How many slow hashes `work` costs. */
async function hashesOf(work: () => Promise<unknown>): Promise<number> {
  const before = verify.mock.calls.length;
  await work();
  return verify.mock.calls.length - before;
}

async function fail(
  get: (u: string, p: string, ip: string) => Promise<Response>,
  name: string,
  ip: string,
  times: number,
) {
  const statuses: number[] = [];
  for (let i = 0; i < times; i++) statuses.push((await get(name, `wrong ${i}`, ip)).status);
  return statuses;
}

const minutesLater = (app: TestApp, ms: number) => {
  app.time.now += ms;
};

onEachEngine('password guessing', (engine) => {
  test('A177 after many failures the address gets 429 and Retry-After for that account; a success clears the count', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    const few = LIMITS.accountFromAddress - 1;
    expect(await fail(get, 'ada', '203.0.113.5', few)).toEqual(Array(few).fill(401));
    expect((await get('ada', PASSWORD, '203.0.113.5')).status).toBe(200);
    // The success has cleared it: as many again are borne.
    const statuses = await fail(get, 'ada', '203.0.113.5', LIMITS.accountFromAddress + 1);
    expect(statuses).toEqual([...Array(LIMITS.accountFromAddress).fill(401), 429]);
    const refused = await get('ada', 'wrong', '203.0.113.5');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('Retry-After'))).toBeLessThanOrEqual(LIMITS.windowMs / 1000);
    expect(await refused.text()).toContain('Too many failed sign-ins');
    minutesLater(app, LIMITS.windowMs);
    expect((await get('ada', 'wrong', '203.0.113.5')).status).toBe(401);
  });

  test('over the limit no password is hashed any more, not even the right one: a guess that hits is not noticed', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    await fail(get, 'ada', '203.0.113.5', LIMITS.accountFromAddress);
    let status = 0;
    const hashes = await hashesOf(async () => {
      status = (await get('ada', PASSWORD, '203.0.113.5')).status;
      await fail(get, 'ADA', '203.0.113.5', 3);
    });
    expect([status, hashes]).toEqual([429, 0]);
  });

  test('guesses at a user by name and by e-mail address are guesses at one account', async () => {
    const { app, ada, get } = await scene(engine);
    await using _ = app;
    const { email } = ada;
    expect(await fail(get, 'ada', '203.0.113.5', 5)).toEqual(Array(5).fill(401));
    expect(await fail(get, email.toUpperCase(), '203.0.113.5', 6)).toEqual([...Array(5).fill(401), 429]);
    expect((await get('ada', PASSWORD, '203.0.113.5')).status).toBe(429);
    expect((await get(email, PASSWORD, '203.0.113.5')).status).toBe(429);
    expect((await get('bob', PASSWORD, '203.0.113.5')).status).toBe(200);
  });

  test('good credentials behind the address of the attacker get in: tokens, other accounts, and who signed in lately', async () => {
    const { app, ada, token, get } = await scene(engine);
    await using _ = app;
    const ip = '203.0.113.5';
    expect((await get('ada', PASSWORD, ip)).status).toBe(200);
    for (let i = 0; i <= LIMITS.address / 5; i++) await fail(get, `nobody${i}`, ip, 5);
    expect((await get('nobody1', 'wrong', ip)).status).toBe(429);
    expect((await get(token.username, token.secret, ip)).status).toBe(200);
    expect((await get('ada', ada.token, ip)).status).toBe(200);
    expect(
      (await app.fetch('/api/v4/projects/1/deploy_tokens', { headers: { 'PRIVATE-TOKEN': ada.token }, ip })).status,
    ).not.toBe(429);
    expect((await get('bob', PASSWORD, ip)).status).toBe(200);
    await fail(get, 'ada', ip, LIMITS.accountFromAddress + 1);
    expect((await get('ada', PASSWORD, ip)).status).toBe(200);
  });

  test('a name guessed from many addresses is closed to new ones, and open to where its owner signed in before', async () => {
    const { app, ada, get } = await scene(engine);
    await using _ = app;
    const home = '198.51.100.1';
    expect((await get('ada', PASSWORD, home)).status).toBe(200);
    // Past what is remembered of a right password: only where she was seen counts now.
    minutesLater(app, LIMITS.windowMs + 60_000);
    for (let i = 0; i < LIMITS.account; i++) await get('ada', 'wrong', `203.0.113.${i}`);
    expect((await get('ada', 'wrong', '192.0.2.77')).status).toBe(429);
    expect((await get('ada', PASSWORD, '192.0.2.78')).status).toBe(429);
    expect((await get('bob', PASSWORD, '192.0.2.78')).status).toBe(200);
    expect((await get('ada', ada.token, '192.0.2.78')).status).toBe(200);
    expect((await get('ada', PASSWORD, home)).status).toBe(200);
  });

  test('a client with a whole IPv6 network is one address', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    for (let i = 0; i < LIMITS.accountFromAddress; i++) await get('ada', 'wrong', `2001:db8:1:2::${i.toString(16)}`);
    expect((await get('ada', PASSWORD, '2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await get('ada', PASSWORD, '2001:db8:1:3::1')).status).toBe(200);
  });

  test('a hundred guesses sent at once are no more guesses than one after the other', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    const hashes = await hashesOf(() =>
      Promise.all(Array.from({ length: 100 }, (_, i) => get('ada', `wrong ${i}`, '203.0.113.5'))),
    );
    expect(hashes).toBeLessThanOrEqual(LIMITS.accountFromAddress + GATE.running);
  });

  test('a flood of guesses runs few concurrent hashes, and the surplus gets 429', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    const surplus = 120 - GATE.running - GATE.waiting;
    let running = 0;
    let most = 0;
    let refused = 0;
    // No hash is done before the surplus has its answer: how fast the machine is does not decide who finds a place.
    const all = Promise.withResolvers<void>();
    verify.mockImplementation(async (...args) => {
      most = Math.max(most, ++running);
      try {
        await all.promise;
        return await checkQuickly(...args);
      } finally {
        running -= 1;
      }
    });
    const guess = async (i: number) => {
      const { status } = await get(`nobody${i}`, 'wrong', `203.0.113.${i}`);
      if (status === 429 && ++refused === surplus) all.resolve();
      return status;
    };
    try {
      const statuses = await Promise.all(Array.from({ length: 120 }, (_, i) => guess(i)));
      expect(most).toBe(GATE.running);
      expect(statuses.filter((status) => status === 429).length).toBe(surplus);
    } finally {
      verify.mockImplementation(checkQuickly);
    }
  }, 180_000);

  test('malformed tokens are counted, and not looked up', async () => {
    const { app, get } = await scene(engine);
    await using _ = app;
    const guess = (i: number) => `${i % 2 ? 'gldt-' : 'glpat-'}${String(i).padStart(36, 'A')}`;
    const read = spyOn(app.db, 'selectFrom');
    const statuses: number[] = [];
    for (let i = 0; i <= LIMITS.address; i++) statuses.push((await get('x', guess(i), '203.0.113.9')).status);
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
    expect(statuses).toEqual([...Array(LIMITS.address).fill(401), 429]);
  });

  test('a token that works forgives the wrong ones of its address, as git may try a stale one first', async () => {
    const { app, token, get } = await scene(engine);
    await using _ = app;
    const stale = `gldt-${'A'.repeat(36)}`;
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: LIMITS.address - 1 }, () => get(token.username, stale, '203.0.113.9')));
      expect((await get(token.username, token.secret, '203.0.113.9')).status).toBe(200);
    }
    expect((await get(token.username, stale, '203.0.113.9')).status).toBe(401);
  });

  test('guesses that are spread over two servers on one database are as many as at one server', async () => {
    const { app, url, get } = await scene(engine);
    await using _ = app;
    await using second = await startApp(engine, app.raw);
    const beside = (username: string, password: string, ip: string) =>
      second.fetch(url, { headers: basic(username, password), ip });
    for (let i = 0; i < LIMITS.accountFromAddress / 2; i++) {
      expect((await get('ada', `wrong ${i}`, '203.0.113.5')).status).toBe(401);
      expect((await beside('ada', `wrong ${i}`, '203.0.113.5')).status).toBe(401);
    }
    const hashes = await hashesOf(async () => {
      expect((await get('ada', PASSWORD, '203.0.113.5')).status).toBe(429);
      expect((await beside('ada', PASSWORD, '203.0.113.5')).status).toBe(429);
    });
    expect(hashes).toBe(0);
    expect((await beside('bob', PASSWORD, '203.0.113.5')).status).toBe(200);
  });
});
