import { expect, test } from 'bun:test';
import { createPaceMeter } from './client-watch.ts';

const PACE = { idleMs: 100, windowMs: 250, windowBytes: 1000 };

function meterAt(duplex = false) {
  let time = 0;
  const meter = createPaceMeter(PACE, duplex, () => time);
  const pass = (ms: number) => {
    time += ms;
  };
  return { ...meter, pass };
}

test('a client that is silent on its turn is too slow; one that waits for git is not', () => {
  const meter = meterAt();
  meter.awaited();
  meter.pass(100);
  expect(meter.isTooSlow()).toBe(false);
  meter.moved(1);
  meter.pass(10_000);
  expect(meter.isTooSlow()).toBe(false);
  meter.awaited();
  meter.pass(101);
  expect(meter.isTooSlow()).toBe(true);
});

test('a client that moves a byte before each silence is too long is too slow after one window of its turns', () => {
  const meter = meterAt();
  const trickle = (bytes: number) => {
    meter.awaited();
    meter.pass(50);
    const slow = meter.isTooSlow();
    meter.moved(bytes);
    meter.pass(1000);
    return slow;
  };
  expect([1, 2, 3, 4].map(() => trickle(1))).toEqual([false, false, false, false]);
  expect(trickle(1)).toBe(true);
});

test('the rate is that of each window: what was taken quickly before does not count for later', () => {
  const meter = meterAt();
  meter.awaited();
  meter.moved(1_000_000);
  const steps = (bytes: number) =>
    Array.from({ length: 5 }, () => {
      meter.awaited();
      meter.pass(50);
      const slow = meter.isTooSlow();
      meter.moved(bytes);
      return slow;
    });
  expect(steps(250)).not.toContain(true);
  expect(steps(250)).not.toContain(true);
  expect(steps(1)).toEqual([false, false, false, false, true]);
});

test('in a duplex conversation only silence counts', () => {
  const meter = meterAt(true);
  for (let i = 0; i < 20; i++) {
    meter.moved(1);
    meter.pass(90);
    expect(meter.isTooSlow()).toBe(false);
  }
  meter.pass(11);
  expect(meter.isTooSlow()).toBe(true);
});
