import { expect, test } from 'bun:test';
import { createAttempts, LIMITS } from './attempts.ts';

test('what is kept has a bound, whatever names and addresses are made up, and keeps the name under attack', () => {
  const attempts = createAttempts(() => 0);
  const target = { ip: '203.0.113.5', account: 'ada' };
  for (let i = 0; i < 60_000; i++) {
    if (i % 5_000 === 0) attempts.failed(target);
    attempts.failed({ ip: '203.0.113.6', account: `${i}${'x'.repeat(200)}` });
  }
  expect(attempts.size()).toBeLessThanOrEqual(50_000);
  expect(attempts.passwordWait(target)).toBeGreaterThan(0);
});

test('forgiveness takes back only what the same address got wrong on the same account', () => {
  const attempts = createAttempts(() => 0);
  for (let i = 0; i < 3; i++) attempts.failed({ ip: '203.0.113.5', account: 'ada' });
  for (let i = 0; i < LIMITS.address + 1; i++) attempts.failed({ ip: '203.0.113.5', account: `nobody${i}` });
  attempts.succeeded({ ip: '203.0.113.5', account: 'ada' });
  expect(attempts.failureWait({ ip: '203.0.113.5', account: null })).toBeGreaterThan(0);
  expect(attempts.failureWait({ ip: '203.0.113.6', account: null })).toBe(0);
});
