import { parseArgs } from 'node:util';
import { serve } from './cli/serve.ts';
import { readEnv } from './config/env.ts';
import { SETTINGS } from './config/settings.ts';

const [command, ...rest] = process.argv.slice(2);
if (command === 'serve') {
  const { values } = parseArgs({
    args: rest,
    options: Object.fromEntries(SETTINGS.map((s) => [s.flag.slice(2), { type: 'string' as const }])),
  });
  const raw = readEnv();
  for (const s of SETTINGS) {
    const v = values[s.flag.slice(2)];
    if (typeof v === 'string') raw[s.env] = v;
  }
  await serve(raw);
}
