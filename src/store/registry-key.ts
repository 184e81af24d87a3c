import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { Secret } from '../lib/secret.ts';
import { loadKeyFile } from './key-file.ts';

/**
 * The key that bearer tokens of the registry are signed with: ECDSA on P-256, PKCS#8 as PEM, made at the first start.
 * It lies beside the database like the key of the instance.
 */
export function loadRegistryKey(dataFolder: string): Secret {
  return new Secret(loadKeyFile(join(dataFolder, 'registry.key'), makeKey));
}

function makeKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
