import { describe, expect, test } from 'bun:test';
import { startApp, type TestApp } from '../../test/support/app.ts';
import { onEachEngine } from '../../test/support/engines.ts';
import { createSignInCounts, type SignInCounts } from '../domain/sign-ins/sign-in-counts.ts';
import { countSignIns } from '../store/tables/sign-in-counts.ts';
import { type Attempt, createAttempts, LIMITS } from './attempts.ts';

const ADA: Attempt = { ip: '203.0.113.5', account: 'ada' };
const TOKEN: Attempt = { ip: '203.0.113.5', account: null };

onEachEngine('limits on failed sign-ins', (engine) => {
  /** The memory of one node of several that share a database. */
  const nodeOn = ({ services, time }: TestApp) => {
    const calls: string[] = [];
    const counts = new Proxy(services.signInCounts, {
      get: (target, name: keyof SignInCounts) => {
        if (typeof target[name] === 'function') calls.push(name);
        return target[name];
      },
    });
    return { ...createAttempts(counts, () => time.now), calls };
  };
  type Node = ReturnType<typeof nodeOn>;
  const fail = async (node: Node, attempt: Attempt, times: number) => {
    for (let i = 0; i < times; i++) await node.failed(attempt);
  };

  describe('over two nodes', () => {
    test('failures add up, whichever node counts them', async () => {
      await using app = await startApp(engine);
      const one = nodeOn(app);
      const two = nodeOn(app);
      for (let i = 0; i < LIMITS.accountFromAddress / 2; i++)
        expect([await one.failed(ADA), await two.failed(ADA)]).toEqual([0, 0]);
      expect(await one.passwordWait(ADA)).toBe(LIMITS.windowMs / 1000);
      expect(await two.passwordWait(ADA)).toBe(LIMITS.windowMs / 1000);
      expect(await two.failed(ADA)).toBe(LIMITS.windowMs / 1000);
      app.time.now += LIMITS.windowMs;
      expect(await one.passwordWait(ADA)).toBe(0);
      expect(await one.failed(ADA)).toBe(0);
    });

    test('a sign-in at one node makes its address trusted at the other', async () => {
      await using app = await startApp(engine);
      const one = nodeOn(app);
      const two = nodeOn(app);
      await one.succeeded(ADA);
      app.time.now += LIMITS.windowMs;
      for (let i = 0; i < LIMITS.account; i++) await two.failed({ ip: `198.51.100.${i}`, account: 'ada' });
      expect(await two.passwordWait(ADA)).toBe(0);
      expect(await two.passwordWait({ ...ADA, ip: '192.0.2.1' })).toBeGreaterThan(0);
      app.time.now += LIMITS.trustedMs - LIMITS.windowMs;
      for (let i = 0; i < LIMITS.account; i++) await two.failed({ ip: `198.51.100.${i}`, account: 'ada' });
      expect(await two.passwordWait(ADA)).toBeGreaterThan(0);
    });

    test('a valid token at one node forgives the invalid tokens that the other has counted', async () => {
      await using app = await startApp(engine);
      const one = nodeOn(app);
      const two = nodeOn(app);
      await two.succeeded(TOKEN);
      await fail(one, TOKEN, LIMITS.address);
      app.time.now += 10_001;
      await two.succeeded(TOKEN);
      expect(await one.failed(TOKEN)).toBe(0);
    });
  });

  test('a valid token costs no query, but for one of each ten seconds', async () => {
    await using app = await startApp(engine);
    const node = nodeOn(app);
    await fail(node, { ...TOKEN, ip: '203.0.113.77' }, 1);
    await node.succeeded(TOKEN);
    node.calls.length = 0;
    for (let i = 0; i < 1000; i++) expect(node.succeeded(TOKEN)).toBeUndefined();
    expect(node.calls).toEqual([]);
    app.time.now += 10_000;
    for (let i = 0; i < 1000; i++) await node.succeeded(TOKEN);
    expect(node.calls).toEqual(['failing']);
  });

  test('invalid tokens of an address over its limit are answered without a write', async () => {
    await using app = await startApp(engine);
    const node = nodeOn(app);
    await fail(node, TOKEN, LIMITS.address);
    expect(await node.failed(TOKEN)).toBe(LIMITS.windowMs / 1000);
    node.calls.length = 0;
    for (let i = 0; i < 100; i++) expect(await node.failed(TOKEN)).toBe(LIMITS.windowMs / 1000);
    expect(node.calls).toEqual([]);
  });

  test('concurrent failures share statements, and each gets the count up to itself', async () => {
    await using app = await startApp(engine);
    const node = nodeOn(app);
    const waits = await Promise.all(Array.from({ length: LIMITS.accountFromAddress + 3 }, () => node.failed(ADA)));
    expect(waits.filter((wait) => wait > 0)).toHaveLength(3);
  });

  test('forgiveness takes back only what the same address got wrong with the same account', async () => {
    await using app = await startApp(engine);
    const node = nodeOn(app);
    await fail(node, ADA, 3);
    for (let i = 0; i < LIMITS.address + 1; i++) await node.failed({ ...ADA, account: `nobody${i}` });
    await node.succeeded(ADA);
    expect(await node.failed(TOKEN)).toBeGreaterThan(0);
    expect(await node.failed({ ...TOKEN, ip: '203.0.113.6' })).toBe(0);
  });

  test('the rows have a bound, whatever names and addresses are made up, and the count under attack stays', async () => {
    await using app = await startApp(engine);
    let now = app.time.now;
    const clock = () => ++now;
    const counts = createSignInCounts({
      db: app.db,
      clock,
      report: (_, error) => expect(error).toBeNull(),
      maxRows: 300,
    });
    const attempts = createAttempts(counts, clock);
    for (let i = 0; i < 3_000; i += 100) {
      await attempts.failed(ADA);
      const flood = Array.from({ length: 100 }, (_, n) => ({
        ip: '203.0.113.6',
        account: `${i + n}${'x'.repeat(200)}`,
      }));
      await Promise.all(flood.map((attempt) => attempts.failed(attempt)));
    }
    expect(await countSignIns(app.db)).toBeLessThan(300 + 2 * 1_000);
    expect(await attempts.passwordWait(ADA)).toBeGreaterThan(0);
    now += LIMITS.windowMs;
    await attempts.failed(ADA);
    expect(await countSignIns(app.db)).toBe(3);
  });
});
