import { readFileSync } from 'node:fs';
import { codeOf } from '../lib/code-of.ts';
import { ConfigError } from './parse.ts';
import { fileVariable, type RawSettings, SETTINGS } from './settings.ts';

/**
 * The settings that the environment gives. The only reader of `process.env`; an empty value counts as not given. A
 * secret may also be in a file, whose path is in the variable of the same name with `_FILE` at its end.
 * @throws ConfigError when a file cannot be read, or a setting is given in both ways.
 */
export function readEnv(): RawSettings {
  const raw: RawSettings = {};
  for (const { env } of SETTINGS) {
    const value = process.env[env] ?? '';
    const named = fileVariable(env);
    const file = named === null ? '' : (process.env[named] ?? '');
    if (value !== '' && file !== '') throw new ConfigError(`Set ${env} or ${named}, not both.`);
    if (value !== '') raw[env] = value;
    if (file !== '') raw[env] = readSecret(`${named}`, file);
  }
  return raw;
}

/** Editors end a file with a line break, which does not belong to the secret. */
function readSecret(name: string, file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw new ConfigError(`${name}: ${file} cannot be read: ${codeOf(error) ?? 'unknown error'}.`);
  }
  if (text === '') throw new ConfigError(`${name}: ${file} is empty.`);
  return text;
}

/** Variables that Kubernetes sets in every pod next to a service named postern. */
const FROM_KUBERNETES = /^POSTERN_(SERVICE_(HOST|PORT)|PORT$|PORT_\d)/;

/** Names in the environment that look like settings of ours and are none: misspelt, they are without effect. */
export function unknownSettings(): string[] {
  const known = new Set<string>(SETTINGS.flatMap(({ env }) => [env, fileVariable(env) ?? env]));
  return Object.keys(process.env).filter(
    (name) => name.startsWith('POSTERN_') && !known.has(name) && !FROM_KUBERNETES.test(name),
  );
}

/** Variables that started programs need to find other programs. */
export function readPath(): string {
  return process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin';
}
