import { VERSION } from '../lib/version.ts';
import type { Invocation } from './command.ts';

export async function version({ print }: Invocation): Promise<number> {
  await print(`postern ${VERSION}\n`);
  return 0;
}
