import { Secret } from '../lib/secret.ts';
import { inspectToken } from '../lib/token-format.ts';
import { ConfigError } from './parse.ts';
import type { RawSettings } from './settings.ts';

export interface S3Keys {
  id: Secret;
  secret: Secret;
}

/** The settings that must not be printed, kept apart from the configuration. */
export interface ConfigSecrets {
  databaseUrl: Secret | null;
  /** The access key of the bucket; null: none is given, and none is needed. */
  s3: S3Keys | null;
  rootPassword: Secret | null;
  rootToken: Secret | null;
  /** 32 bytes; null if the key is in the data folder. */
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
    s3: toS3Keys(raw),
    rootPassword: password === undefined ? null : new Secret(password),
    rootToken: token === undefined ? null : new Secret(token),
    secretKey: toKey(raw.POSTERN_SECRET_KEY),
  };
}

function toS3Keys(raw: RawSettings): S3Keys | null {
  const { POSTERN_S3_ACCESS_KEY_ID: id, POSTERN_S3_SECRET_ACCESS_KEY: secret } = raw;
  const bucket = raw.POSTERN_BLOBS !== undefined;
  if (id === undefined && secret === undefined && !bucket) return null;
  if (id !== undefined && secret !== undefined) {
    // Without the bucket, what was meant for it would fill the disk.
    if (!bucket) throw new ConfigError('POSTERN_BLOBS is not set: the access key is for its bucket.');
    return { id: new Secret(id), secret: new Secret(secret) };
  }
  const [absent, needs] =
    id === undefined
      ? ['POSTERN_S3_ACCESS_KEY_ID', 'the bucket of POSTERN_BLOBS takes an access key with its secret']
      : ['POSTERN_S3_SECRET_ACCESS_KEY', 'an access key takes its secret'];
  throw new ConfigError(`${absent} is not set: ${needs}.`);
}

function toKey(value: string | undefined): Secret<Uint8Array> | null {
  if (value === undefined) return null;
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== 32)
    throw new ConfigError('POSTERN_SECRET_KEY must be 32 bytes as base64; `openssl rand -base64 32` makes one.');
  return new Secret(new Uint8Array(bytes));
}
