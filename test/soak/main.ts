import { parseArgs } from 'node:util';
import type { Engine } from '../../src/store/db/database.ts';
import { crashSoak, problemsOf, summary } from './crash-soak.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(crypto.getRandomValues(new Uint32Array(1))[0]) },
    engine: { type: 'string', multiple: true, default: ['sqlite', 'postgres'] },
  },
});

const seed = Number(values.seed);
console.log(`seed ${seed}: script/soak --seed ${seed} kills at the same instants`);
const lines: string[] = [];
let sound = true;
for (const engine of values.engine as Engine[]) {
  const figures = await crashSoak({ engine, kills: values.short ? 3 : 50, seed, say: (line) => console.log(line) });
  for (const problem of problemsOf(figures)) console.log(problem);
  sound &&= problemsOf(figures).length === 0;
  lines.push(summary(figures));
}
console.log(`\n${lines.join('\n')}`);
// A PostgreSQL that runs beside would keep the process alive.
process.exit(sound ? 0 : 1);
