import { Secret } from '../lib/secret.ts';
import { inspectToken } from '../lib/token-format.ts';
import { ConfigError } from './parse.ts';
import type { RawSettings } from './settings.ts';

/** The settings that must not be printed, kept apart from the configuration. */
export interface ConfigSecrets {
  databaseUrl: Secret | null;
  rootPassword: Secret | null;
  rootToken: Secret | null;
  /** 32 bytes; null: the key lies in the data folder. */
  secretKey: Secret<Uint8Array> | null;
}

/** @throws ConfigError naming the setting, never its value. */
export function toSecrets(raw: RawSettings): ConfigSecrets {
  const { POSTERN_ROOT_TOKEN: token, POSTERN_ROOT_PASSWORD: password } = raw;
  if (token !== undefined && !/^[\x21-\x7e]{20,255}$/.test(token)) {
    throw new ConfigError('POSTERN_ROOT_TOKEN must be 20 to 255 printable characters without spaces.');
  }
  if (token?.startsWith('gldt-'))
    throw new ConfigError('POSTERN_ROOT_TOKEN must not start with gldt-: that is how deploy tokens start.');
  if (token?.startsWith('glpat-') && !inspectToken(token).wellFormed)
    throw new ConfigError(
      'POSTERN_ROOT_TOKEN must not start with glpat- unless Postern made it: its checksum is wrong.',
    );
  if (password !== undefined && (password.length < 8 || password.length > 128)) {
    throw new ConfigError('POSTERN_ROOT_PASSWORD must be 8 to 128 characters.');
  }
  return {
    databaseUrl: raw.POSTERN_DATABASE_URL === undefined ? null : new Secret(raw.POSTERN_DATABASE_URL),
    rootPassword: password === undefined ? null : new Secret(password),
    rootToken: token === undefined ? null : new Secret(token),
    secretKey: toKey(raw.POSTERN_SECRET_KEY),
  };
}

function toKey(value: string | undefined): Secret<Uint8Array> | null {
  if (value === undefined) return null;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 32)
    throw new ConfigError('POSTERN_SECRET_KEY must be 32 bytes as base64; `openssl rand -base64 32` makes one.');
  return new Secret(new Uint8Array(bytes));
}
