/**
 * Changed samples and texts of each grammar, given to every parser and every row. The same seed makes the same inputs:
 * `FUZZ_SEED=N` tries others, and `script/soak --only fuzz` a million of them.
 */
import { afterAll, expect, test } from 'bun:test';
import { type FuzzTarget, fuzz } from './fuzz.ts';
import { type FuzzScene, startFuzzScene } from './scene.ts';
import { ASKED, PARSERS, TARGETS } from './targets.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
let started: Promise<FuzzScene> | undefined;
const scene = () => {
  started ??= startFuzzScene();
  return started;
};
afterAll(async () => (await started)?.[Symbol.asyncDispose]());

const holds = (target: FuzzTarget, inputs: number) =>
  test(`${target.name}: ${inputs} inputs are accepted or refused (seed ${seed})`, async () => {
    const { faults, accepted, refused } = await fuzz(target, { seed, inputs, scene });
    expect(faults).toEqual([]);
    expect([accepted > 0, refused > 0]).toEqual([true, true]);
  });

for (const target of PARSERS) holds(target, 200);
for (const target of ASKED) holds(target, 150);

test('each target has a name of its own', () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
});
