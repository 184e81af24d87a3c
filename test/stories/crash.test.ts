import { expect, test } from 'bun:test';
import { crashSoak, problemsOf, summary } from '../soak/crash-soak.ts';
import { onEachEngine } from '../support/engines.ts';

onEachEngine('a server that is killed amid writes', (engine) => {
  test('has everything that it acknowledged when it is started again', async () => {
    const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
    const figures = await crashSoak({ engine, kills: 3, seed });
    console.log(summary(figures));
    expect(problemsOf(figures)).toEqual([]);
    expect(figures.verified).toBeGreaterThan(0);
  }, 240_000);
});
