import { rotateRegistryKey } from '../app.ts';
import { toConfig } from '../config/config.ts';
import { toSecrets } from '../config/secrets.ts';
import type { Invocation } from './command.ts';
import { requireDatabase } from './require-database.ts';

/** `keys rotate registry`: makes a new key that signs the registry's bearer tokens, also while servers run. */
export async function rotateRegistry({ raw, flags, print, say }: Invocation): Promise<number> {
  const config = toConfig(raw);
  requireDatabase(config);
  const instanceKeyLost = flags['instance-key-lost'] === true;
  const { id, replaced } = await rotateRegistryKey(config, toSecrets(raw), { instanceKeyLost });
  await print(`${id}\n`);
  await say('This is the key that signs bearer tokens of the registry now. Every server uses it within a minute.\n');
  if (replaced !== null) await say(`The key ${replaced} verifies the tokens that it signed until they are expired.\n`);
  return 0;
}
