import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../lib/message-of.ts';
import { Secret } from '../lib/secret.ts';
import { StartError } from '../lib/start-error.ts';
import { loadKeyFile } from './key-file.ts';

/** The file of the instance key. */
export const instanceKeyFile = (dataFolder: string): string => join(dataFolder, 'secret.key');

/**
 * The key of this instance, 32 bytes, made at the first start. It is stored beside the database and not in it, so that
 * a copy of the database alone opens nothing.
 * @throws StartError when it cannot be read or made, or is no key.
 */
export function loadInstanceKey(dataFolder: string): Secret<Uint8Array> {
  const path = instanceKeyFile(dataFolder);
  try {
    return toKey(path, loadKeyFile(path, makeKey));
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`The data folder ${dataFolder} cannot be used (POSTERN_DATA): ${messageOf(error)}.`);
  }
}

/** @throws StartError when the file holds no key; the system's error when it cannot be read. */
export function readInstanceKey(path: string): Secret<Uint8Array> {
  return toKey(path, readFileSync(path, 'utf8'));
}

function toKey(path: string, text: string): Secret<Uint8Array> {
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new StartError(`${path} does not hold a key of 32 bytes as base64.`);
  return new Secret(new Uint8Array(key));
}

const makeKey = () => Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64');
