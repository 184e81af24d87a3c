import { expect, test } from 'bun:test';
import { collectSoak, collectSummary } from '../soak/collect-soak.ts';
import { crashSoak, problemsOf, summary } from '../soak/crash-soak.ts';
import { onEachEngine } from '../support/engines.ts';

onEachEngine('a server that is killed, or collects garbage, during writes', (engine) => {
  test('has everything that it acknowledged when it is started again', async () => {
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const figures = await crashSoak({ engine, kills: 3, seed });
    console.log(summary(figures));
    expect(problemsOf(figures)).toEqual([]);
    expect(figures.verified).toBeGreaterThan(0);
  }, 240_000);

  test('keeps what was just pushed while it collects what was just deleted', async () => {
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const figures = await collectSoak({ engine, seconds: 5, graceSeconds: 2, seed });
    console.log(collectSummary(figures));
    expect(figures.problems).toEqual([]);
    expect(figures.removed).toBeGreaterThan(0);
  }, 240_000);
});
