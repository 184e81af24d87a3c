import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from '../lib/code-of.ts';

/**
 * The text of a key file that only we may read, made at the first start. It is written aside and then linked: a
 * program that is killed leaves no incomplete key, and two programs that start at once both use the key of the first.
 * @throws the system's error when it can be neither read nor made.
 */
export function loadKeyFile(path: string, make: () => string): string {
  if (!existsSync(path)) makeKeyFile(path, make());
  return readFileSync(path, 'utf8');
}

function makeKeyFile(path: string, text: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const aside = `${path}.${crypto.randomUUID()}`;
  try {
    const file = openSync(aside, 'wx', 0o600);
    writeSync(file, text);
    fsyncSync(file);
    closeSync(file);
    linkSync(aside, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
