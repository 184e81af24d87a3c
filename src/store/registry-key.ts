import { generateKeyPairSync } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../lib/secret.ts';

/**
 * The key that bearer tokens of the registry are signed with: ECDSA on P-256, PKCS#8 as PEM, made at the first start.
 * It lies beside the database like the key of the instance.
 */
export function loadRegistryKey(dataFolder: string): Secret {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = join(dataFolder, 'registry.key');
  return readKey(path) ?? makeKey(path);
}

function readKey(path: string): Secret | null {
  try {
    return new Secret(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return null;
    throw error;
  }
}

function makeKey(path: string): Secret {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const draft = `${path}.${crypto.randomUUID()}`;
  const file = openSync(draft, 'wx', 0o600);
  writeSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  fsyncSync(file);
  closeSync(file);
  try {
    // Whole or not at all: of two programs that start at once both use the key of the first.
    linkSync(draft, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  return new Secret(readFileSync(path, 'utf8'));
}
