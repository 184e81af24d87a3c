import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../lib/code-of.ts';
import { Secret } from '../lib/secret.ts';
import { StartError } from '../lib/start-error.ts';

/**
 * Reads the key file in which earlier versions kept the registry's signing key: ECDSA on P-256, PKCS#8 as PEM. The
 * database has the key since migration 0019. The file is imported at the first start and left in place.
 * @returns null when there is no file.
 * @throws StartError when it cannot be read, or holds another kind of key.
 */
export function readRegistryKeyFile(dataFolder: string): Secret | null {
  const path = join(dataFolder, 'registry.key');
  if (!existsSync(path)) return null;
  try {
    const pem = readFileSync(path, 'utf8');
    if (createPrivateKey(pem).asymmetricKeyDetails?.namedCurve === 'prime256v1') return new Secret(pem);
  } catch (error) {
    if (codeOf(error) === 'EACCES') throw new StartError(`${path} cannot be read.`);
  }
  throw new StartError(`${path} does not hold a private key on P-256 as PEM.`);
}
