import { ConfigError, parseSwitch } from './parse.ts';

/** Where the bytes of packages, LFS objects and images lie. */
export type BlobsConfig = { kind: 'filesystem' } | S3Config;

export interface S3Config {
  kind: 's3';
  bucket: string;
  /** Empty, or with a slash at its end. */
  prefix: string;
  endpoint: string;
  region: string;
  pathStyle: boolean;
  /** Where clients reach the storage, to be sent there for what they download; null: they download from us. */
  readers: string | null;
}

const SHAPE = 's3://bucket or s3://bucket/prefix?endpoint=https://s3.example.com&region=us-east-1';
const OPTIONS = ['endpoint', 'region', 'style', 'redirect'];

/** @throws ConfigError that repeats nothing of a value that may hold a key. */
export function toBlobs(value: string | undefined): BlobsConfig {
  if (value === undefined) return { kind: 'filesystem' };
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol !== 's3:' || url.hash !== '' || url.port !== '')
    throw new ConfigError(`POSTERN_BLOBS must look like ${SHAPE}; leave it out to keep blobs in the data folder.`);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(
      'POSTERN_BLOBS must not hold keys: give them in POSTERN_S3_ACCESS_KEY_ID and POSTERN_S3_SECRET_ACCESS_KEY.',
    );
  for (const name of url.searchParams.keys())
    if (!OPTIONS.includes(name))
      throw new ConfigError(`POSTERN_BLOBS: there is no option "${name}"; there are ${OPTIONS.join(', ')}.`);
  const option = (name: string) => url.searchParams.get(name) ?? undefined;
  const region = toRegion(option('region') ?? 'us-east-1');
  const given = option('endpoint');
  const endpoint = given === undefined ? amazon(region) : toEndpoint('endpoint', given);
  return {
    kind: 's3',
    bucket: toBucket(url.hostname),
    prefix: toPrefix(url.pathname),
    endpoint,
    region,
    pathStyle: toPathStyle(option('style') ?? (given === undefined ? 'host' : 'path')),
    readers: toReaders(option('redirect') ?? 'on', endpoint),
  };
}

const amazon = (region: string) => `https://s3.${region}.amazonaws.com`;

function toEndpoint(option: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  const isPlain = url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
  if (!isPlain)
    throw new ConfigError(`POSTERN_BLOBS: ${option} must be a plain base URL such as https://s3.example.com.`);
  return url.origin;
}

function toRegion(value: string): string {
  if (!/^[a-z0-9-]{1,63}$/.test(value))
    throw new ConfigError(`POSTERN_BLOBS: region must be a name such as us-east-1, not "${value}".`);
  return value;
}

function toBucket(value: string): string {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value))
    throw new ConfigError(
      `POSTERN_BLOBS: "${value}" is not the name of a bucket: 3 to 63 lower-case letters, digits, dots and dashes.`,
    );
  return value;
}

function toPrefix(path: string): string {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => !/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(part)))
    throw new ConfigError('POSTERN_BLOBS: a prefix is made of letters, digits, dots, dashes and slashes.');
  return parts.map((part) => `${part}/`).join('');
}

function toPathStyle(value: string): boolean {
  if (value !== 'path' && value !== 'host')
    throw new ConfigError(`POSTERN_BLOBS: style must be path or host, not "${value}".`);
  return value === 'path';
}

/** `on`, `off`, or the address of the storage as clients reach it, where that is another than ours. */
function toReaders(value: string, endpoint: string): string | null {
  if (/^https?:/.test(value)) return toEndpoint('redirect', value);
  return parseSwitch('POSTERN_BLOBS: redirect', value) ? endpoint : null;
}
