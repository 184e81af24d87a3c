import { defined } from '../lib/defined.ts';

/** Every setting, once: the environment, the flags, `--help` and the README's table all come from this list. */
export interface Setting {
  env: `POSTERN_${string}`;
  flag: `--${string}`;
  /** What stands behind the flag in `--help`. */
  value: string;
  /** What holds when it is not given, for people to read; absent: nothing. */
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
  setting(
    'POSTERN_URL',
    '<url>',
    'http:// + the listen address',
    'public base URL; every link we hand out starts with it',
  ),
  setting(
    'POSTERN_REGISTRY_URL',
    '<url>',
    'the public base URL',
    'base URL of the container registry on a host of its own',
  ),
  setting(
    'POSTERN_LISTEN',
    '<host:port>',
    '127.0.0.1:8080',
    'address to listen on; without a host all of them, port 0 takes a free one',
  ),
  setting('POSTERN_DATA', '<folder>', './data', 'where repositories, blobs, keys and the embedded database lie'),
  setting(
    'POSTERN_BLOBS',
    '<url>',
    'the data folder',
    's3://bucket/prefix?endpoint=<url>&region=<name>: packages, images and LFS objects go there',
  ),
  setting('POSTERN_S3_ACCESS_KEY_ID', '<id>', undefined, 'access key of the bucket'),
  setting('POSTERN_S3_SECRET_ACCESS_KEY', '<key>', undefined, 'the secret of that access key'),
  setting('POSTERN_DATABASE_URL', '<url>', 'SQLite in the data folder', 'postgres://user:password@host/database'),
  setting('POSTERN_DATABASE_POOL', '<n>', '20', 'connections of this node to PostgreSQL at most, from 4 to 1000'),
  setting(
    'POSTERN_ROOT_PASSWORD',
    '<password>',
    'a random one, printed once',
    'first start: password of the administrator root',
  ),
  setting(
    'POSTERN_ROOT_TOKEN',
    '<token>',
    undefined,
    'first start: personal access token of root, 20 characters or more',
  ),
  setting(
    'POSTERN_SECRET_KEY',
    '<key>',
    'made in the data folder',
    'seals what must be kept readable; 32 bytes as base64',
  ),
  setting('POSTERN_LOG_LEVEL', '<level>', 'info', 'fatal, error, warn, info, debug, trace or silent'),
  setting('POSTERN_TLS_CERT', '<file>', undefined, 'PEM certificate chain; with it we serve https'),
  setting('POSTERN_TLS_KEY', '<file>', undefined, 'PEM private key of the certificate'),
  setting('POSTERN_TRUSTED_PROXIES', '<cidr,...>', 'none', 'proxies whose X-Forwarded-For is believed'),
  setting('POSTERN_LFS', 'on|off', 'on', 'Git LFS for the whole server'),
  setting('POSTERN_REGISTRY', 'on|off', 'on', 'container registry for the whole server'),
  setting('POSTERN_PACKAGES', 'on|off', 'on', 'package registries for the whole server'),
  setting('POSTERN_MAX_PUSH_SIZE', '<size>', '10GiB', 'largest git push'),
  setting('POSTERN_MAX_LFS_SIZE', '<size>', '10GiB', 'largest LFS object'),
  setting('POSTERN_MAX_PACKAGE_SIZE', '<size>', 'by type, 5GiB at most', 'largest file of a package'),
  setting('POSTERN_GIT_PROCESSES', '<n>', 'twice the cores, 4 at least', 'git processes that run at once'),
  setting('POSTERN_GIT_QUEUE', '<n>', '200', 'git requests that may wait for a process; more get 503'),
  setting('POSTERN_GIT_QUEUE_TIMEOUT', '<seconds>', '60', 'how long one may wait; then 503'),
  setting('POSTERN_GIT_TIMEOUT', '<seconds>', '3600', 'a git process that takes longer is ended'),
  setting(
    'POSTERN_GIT_MAINTENANCE_INTERVAL',
    '<seconds>',
    '86400',
    'least time between two maintenances of a repository; every seventh repacks it; 0 for never',
  ),
  setting('POSTERN_IDLE_TIMEOUT', '<seconds>', '120', 'a connection on which nothing moves is cut'),
  setting('POSTERN_GC_INTERVAL', '<seconds>', '86400', 'how often what nothing refers to is removed; 0 for never'),
  setting('POSTERN_GC_GRACE', '<seconds>', '86400', 'what is younger is not removed: longer than any push takes'),
  setting('POSTERN_STOP_TIMEOUT', '<seconds>', '30', 'how long a stop waits for what is under way'),
] as const satisfies readonly Setting[];

/** Settings that are secrets: no flags, which every user of the machine sees in the list of processes. */
const SECRETS: ReadonlySet<Setting['env']> = new Set([
  'POSTERN_S3_SECRET_ACCESS_KEY',
  'POSTERN_ROOT_PASSWORD',
  'POSTERN_ROOT_TOKEN',
  'POSTERN_SECRET_KEY',
]);

/** Whether a value of this setting must not be given as a flag. The URL of a database is secret when it holds a password. */
export const isSecretFlag = (env: Setting['env'], value: string): boolean =>
  SECRETS.has(env) || (env === 'POSTERN_DATABASE_URL' && hasPassword(value));

/** `postgres://user:password@host/database`, and libpq's `?password=`. */
const hasPassword = (url: string): boolean => /\/\/[^/@]*:[^/]*@|[?&]password=/i.test(url);

/** Whether this setting can only be given as a variable or a file. */
export const isSecret = (env: Setting['env']): boolean => SECRETS.has(env);

/** The variable with the path of a file that holds the setting; null where the setting holds no secret. */
export const fileVariable = (env: Setting['env']): `${Setting['env']}_FILE` | null =>
  SECRETS.has(env) || env === 'POSTERN_DATABASE_URL' ? `${env}_FILE` : null;

/** What was given for each setting, before anything is made of it. */
export type RawSettings = Partial<Record<Setting['env'], string>>;
