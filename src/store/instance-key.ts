import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../lib/secret.ts';

/**
 * The key of this instance, 32 bytes, made at the first start. It lies beside the database and not in it, so that a copy of the
 * database alone opens nothing.
 */
export function loadInstanceKey(dataFolder: string): Secret<Uint8Array> {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = join(dataFolder, 'secret.key');
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64'));
    fsyncSync(file);
    closeSync(file);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64');
  if (key.length !== 32) throw new Error(`${path} does not hold a key of 32 bytes as base64`);
  return new Secret(new Uint8Array(key));
}
