import { defined } from '../lib/defined.ts';

/** Every setting, once: the environment, the flags, `--help` and the README's table all come from this list. */
export interface Setting {
  env: `POSTERN_${string}`;
  flag: `--${string}`;
  /** The placeholder of the value in `--help`. */
  value: string;
  /** The readable default; absent if none. */
  fallback?: string;
  help: string;
}

const setting = (env: Setting['env'], value: string, fallback: string | undefined, help: string): Setting => ({
  env,
  flag: `--${env.slice('POSTERN_'.length).toLowerCase().replaceAll('_', '-')}`,
  value,
  help,
  ...defined({ fallback }),
});

export const SETTINGS = [
  setting('POSTERN_URL', '<url>', 'http:// + the listen address', 'public base URL; all generated links start with it'),
  setting(
    'POSTERN_REGISTRY_URL',
    '<url>',
    'the public base URL',
    'base URL of the container registry on a separate host',
  ),
  setting(
    'POSTERN_LISTEN',
    '<host:port>',
    '127.0.0.1:8080',
    'host:port to listen on; omit the host to listen on all interfaces; port 0 picks a free port',
  ),
  setting('POSTERN_DATA', '<folder>', './data', 'folder for repositories, blobs, keys and the embedded database'),
  setting(
    'POSTERN_BLOBS',
    '<url>',
    'the data folder',
    's3://bucket/prefix?endpoint=<url>&region=<name>: stores packages, images and LFS objects in S3',
  ),
  setting('POSTERN_S3_ACCESS_KEY_ID', '<id>', undefined, 'access key ID for the bucket'),
  setting('POSTERN_S3_SECRET_ACCESS_KEY', '<key>', undefined, 'secret access key for the bucket'),
  setting(
    'POSTERN_DATABASE_URL',
    '<url>',
    'SQLite in the data folder',
    'PostgreSQL database: postgres://user:password@host/database',
  ),
  setting(
    'POSTERN_DATABASE_POOL',
    '<n>',
    '20',
    'maximum number of PostgreSQL connections of this server, from 4 to 1000',
  ),
  setting(
    'POSTERN_ROOT_PASSWORD',
    '<password>',
    'a random one, printed once',
    'password of the administrator root, used at the first start',
  ),
  setting(
    'POSTERN_ROOT_TOKEN',
    '<token>',
    undefined,
    'personal access token of root, created at the first start; at least 20 characters',
  ),
  setting(
    'POSTERN_SECRET_KEY',
    '<key>',
    'created in the data folder',
    'encrypts secrets that must stay recoverable; 32 bytes as base64',
  ),
  setting('POSTERN_LOG_LEVEL', '<level>', 'info', 'log level: fatal, error, warn, info, debug, trace or silent'),
  setting('POSTERN_TLS_CERT', '<file>', undefined, 'PEM file with the certificate chain; enables HTTPS'),
  setting('POSTERN_TLS_KEY', '<file>', undefined, 'PEM file with the private key of the certificate'),
  setting(
    'POSTERN_TRUSTED_PROXIES',
    '<cidr,...>',
    'none',
    'addresses of proxies whose X-Forwarded-For header is trusted',
  ),
  setting('POSTERN_LFS', 'on|off', 'on', 'switches Git LFS on or off for all projects'),
  setting('POSTERN_REGISTRY', 'on|off', 'on', 'switches the container registry on or off for all projects'),
  setting('POSTERN_PACKAGES', 'on|off', 'on', 'switches the package registries on or off for all projects'),
  setting('POSTERN_MAX_PUSH_SIZE', '<size>', '10GiB', 'maximum size of a git push'),
  setting('POSTERN_MAX_LFS_SIZE', '<size>', '10GiB', 'maximum size of an LFS object'),
  setting('POSTERN_MAX_PACKAGE_SIZE', '<size>', 'depends on the type, at most 5GiB', 'maximum size of a package file'),
  setting(
    'POSTERN_GIT_PROCESSES',
    '<n>',
    'twice the number of cores, at least 4',
    'maximum number of concurrent git processes',
  ),
  setting('POSTERN_GIT_QUEUE', '<n>', '200', 'maximum number of git requests that wait for a process; others get 503'),
  setting('POSTERN_GIT_QUEUE_TIMEOUT', '<seconds>', '60', 'maximum time that a git request waits; then it gets 503'),
  setting('POSTERN_GIT_TIMEOUT', '<seconds>', '3600', 'maximum run time of a git process'),
  setting(
    'POSTERN_GIT_MAINTENANCE_INTERVAL',
    '<seconds>',
    '86400',
    'minimum time between two maintenance runs of a repository; every seventh run repacks it; 0 switches it off',
  ),
  setting('POSTERN_IDLE_TIMEOUT', '<seconds>', '120', 'time after which an idle connection is closed'),
  setting(
    'POSTERN_MAX_UPLOADS',
    '<n>',
    '500',
    'maximum number of concurrent uploads of one credential, from one address and to one project; further uploads get 503',
  ),
  setting(
    'POSTERN_MIN_RATE',
    '<size>',
    '1KiB',
    'minimum size per second of request bodies and streamed responses; a client that falls behind by more than the idle timeout is disconnected; 0 switches it off',
  ),
  setting(
    'POSTERN_BODY_TIMEOUT',
    '<seconds>',
    '43200',
    'maximum time of a request body or a streamed response; must be shorter than POSTERN_GC_GRACE',
  ),
  setting('POSTERN_GC_INTERVAL', '<seconds>', '86400', 'interval of garbage collection; 0 switches it off'),
  setting(
    'POSTERN_GC_GRACE',
    '<seconds>',
    '86400',
    'minimum age before an unreferenced blob is deleted; must exceed the longest push',
  ),
  setting(
    'POSTERN_UNTAGGED_DAYS',
    '<days>',
    '30',
    'days after which image manifests without a tag that nothing refers to are deleted; projects can override it; 0 keeps them',
  ),
  setting('POSTERN_STOP_TIMEOUT', '<seconds>', '30', 'maximum time that a shutdown waits for requests in progress'),
] as const satisfies readonly Setting[];

/** Settings that are secrets: no flags, which every user of the machine sees in the list of processes. */
const SECRETS: ReadonlySet<Setting['env']> = new Set([
  'POSTERN_S3_SECRET_ACCESS_KEY',
  'POSTERN_ROOT_PASSWORD',
  'POSTERN_ROOT_TOKEN',
  'POSTERN_SECRET_KEY',
]);

/**
 * Whether a value of this setting must not be given as a flag. The URL of a database is secret when it holds a
 * password.
 */
export const isSecretFlag = (env: Setting['env'], value: string): boolean =>
  SECRETS.has(env) || (env === 'POSTERN_DATABASE_URL' && hasPassword(value));

/** `postgres://user:password@host/database`, and libpq's `?password=`. */
const hasPassword = (url: string): boolean => /\/\/[^/@]*:[^/]*@|[?&]password=/i.test(url);

/** Whether this setting can only be given as a variable or a file. */
export const isSecret = (env: Setting['env']): boolean => SECRETS.has(env);

/** The variable with the path of a file that holds the setting; null where the setting holds no secret. */
export const fileVariable = (env: Setting['env']): `${Setting['env']}_FILE` | null =>
  SECRETS.has(env) || env === 'POSTERN_DATABASE_URL' ? `${env}_FILE` : null;

/** The raw value of each setting. */
export type RawSettings = Partial<Record<Setting['env'], string>>;
