import { cpus } from 'node:os';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { PaceLimits } from '../lib/pace.ts';
import { type BlobsConfig, toBlobs } from './blobs.ts';
import { ConfigError, parseBytes, parseInteger, parseLevel, parseListen, parseSwitch, parseUrl } from './parse.ts';
import type { RawSettings } from './settings.ts';

export type DatabaseConfig =
  | { engine: 'sqlite'; file: string }
  | {
      engine: 'postgres';
      /** Connections to it at most. */
      pool: number;
    };
export type Cidr = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** The checked configuration, without secrets: it can be printed. */
export interface Config {
  /** Public base URL without a slash at the end. */
  url: string;
  /** Base URL of a registry that has a host of its own. */
  registryUrl: string | null;
  listen: { hostname: string; port: number };
  dataFolder: string;
  database: DatabaseConfig;
  blobs: BlobsConfig;
  logLevel: string;
  tls: { certFile: string; keyFile: string } | null;
  trustedProxies: readonly Cidr[];
  features: { lfs: boolean; registry: boolean; packages: boolean };
  limits: {
    pushBytes: number;
    lfsBytes: number;
    /** Null: the limit of each type of packages. */
    packageBytes: number | null;
    /** Concurrent uploads of one credential, from one address and to one project. */
    uploads: number;
  };
  git: {
    processes: number;
    queue: number;
    queueTimeoutMs: number;
    timeoutMs: number;
    /** How often a repository is maintained after pushes; null for never. */
    maintenanceIntervalMs: number | null;
  };
  /** How often garbage is collected, null for never, and how old it must be. */
  collection: { intervalMs: number | null; graceMs: number };
  /** Days after which manifests are deleted that nothing refers to; 0: never. A project may override it. */
  untaggedDays: number;
  idleTimeoutSeconds: number;
  /** How slow the bodies of requests and streamed responses may be. */
  pace: PaceLimits;
  stopTimeoutMs: number;
}

/**
 * Makes the configuration of the settings given. Pure but for the number of cores and the working folder.
 * @throws ConfigError one sentence naming the setting that is wrong or contradicts another.
 */
export function toConfig(raw: RawSettings): Config {
  const listen = parseListen('POSTERN_LISTEN', raw.POSTERN_LISTEN ?? '127.0.0.1:8080');
  const tls = toTls(raw);
  const dataFolder = resolve(raw.POSTERN_DATA ?? './data');
  const url = toUrl(raw, listen, tls !== null);
  // Bun counts idle time in one byte of seconds.
  const idleTimeoutSeconds = parseInteger('POSTERN_IDLE_TIMEOUT', raw.POSTERN_IDLE_TIMEOUT ?? '120', 1, 255);
  return {
    url,
    registryUrl: toRegistryUrl(raw.POSTERN_REGISTRY_URL, url),
    listen,
    dataFolder,
    database: toDatabase(raw, dataFolder),
    blobs: toBlobs(raw.POSTERN_BLOBS),
    logLevel: parseLevel('POSTERN_LOG_LEVEL', raw.POSTERN_LOG_LEVEL ?? 'info'),
    tls,
    trustedProxies: toProxies(raw.POSTERN_TRUSTED_PROXIES),
    features: {
      lfs: parseSwitch('POSTERN_LFS', raw.POSTERN_LFS ?? 'on'),
      registry: parseSwitch('POSTERN_REGISTRY', raw.POSTERN_REGISTRY ?? 'on'),
      packages: parseSwitch('POSTERN_PACKAGES', raw.POSTERN_PACKAGES ?? 'on'),
    },
    limits: toLimits(raw),
    git: toGit(raw),
    collection: toCollection(raw),
    untaggedDays: parseInteger('POSTERN_UNTAGGED_DAYS', raw.POSTERN_UNTAGGED_DAYS ?? '30', 0, 3650),
    idleTimeoutSeconds,
    pace: toPace(raw, idleTimeoutSeconds),
    stopTimeoutMs: 1000 * parseInteger('POSTERN_STOP_TIMEOUT', raw.POSTERN_STOP_TIMEOUT ?? '30', 0, 3600),
  };
}

function toGit(raw: RawSettings): Config['git'] {
  const seconds = (env: keyof RawSettings, fallback: string, min: number, max: number) =>
    1000 * parseInteger(env, raw[env] ?? fallback, min, max);
  const maintenanceIntervalMs = seconds('POSTERN_GIT_MAINTENANCE_INTERVAL', '86400', 0, 2_000_000);
  return {
    processes: parseInteger(
      'POSTERN_GIT_PROCESSES',
      raw.POSTERN_GIT_PROCESSES ?? String(defaultProcesses()),
      1,
      10_000,
    ),
    queue: parseInteger('POSTERN_GIT_QUEUE', raw.POSTERN_GIT_QUEUE ?? '200', 0, 1_000_000),
    queueTimeoutMs: seconds('POSTERN_GIT_QUEUE_TIMEOUT', '60', 1, 86_400),
    timeoutMs: seconds('POSTERN_GIT_TIMEOUT', '3600', 1, 604_800),
    maintenanceIntervalMs: maintenanceIntervalMs === 0 ? null : maintenanceIntervalMs,
  };
}

function toLimits(raw: RawSettings): Config['limits'] {
  return {
    pushBytes: parseBytes('POSTERN_MAX_PUSH_SIZE', raw.POSTERN_MAX_PUSH_SIZE ?? '10GiB'),
    lfsBytes: parseBytes('POSTERN_MAX_LFS_SIZE', raw.POSTERN_MAX_LFS_SIZE ?? '10GiB'),
    uploads: parseInteger('POSTERN_MAX_UPLOADS', raw.POSTERN_MAX_UPLOADS ?? '500', 1, 1_000_000),
    packageBytes:
      raw.POSTERN_MAX_PACKAGE_SIZE === undefined
        ? null
        : parseBytes('POSTERN_MAX_PACKAGE_SIZE', raw.POSTERN_MAX_PACKAGE_SIZE),
  };
}

const toPace = (raw: RawSettings, idleSeconds: number): PaceLimits => ({
  patienceMs: 1000 * idleSeconds,
  bytesPerSecond: parseBytes('POSTERN_MIN_RATE', raw.POSTERN_MIN_RATE ?? '1KiB'),
  deadlineMs: 1000 * parseInteger('POSTERN_BODY_TIMEOUT', raw.POSTERN_BODY_TIMEOUT ?? '43200', 1, 2_000_000),
});

function toCollection(raw: RawSettings): Config['collection'] {
  const interval = parseInteger('POSTERN_GC_INTERVAL', raw.POSTERN_GC_INTERVAL ?? '86400', 0, 2_000_000);
  const grace = parseInteger('POSTERN_GC_GRACE', raw.POSTERN_GC_GRACE ?? '86400', 0, 31_536_000);
  return { intervalMs: interval === 0 ? null : 1000 * interval, graceMs: 1000 * grace };
}

const defaultProcesses = () => Math.max(4, 2 * cpus().length);

function toUrl(raw: RawSettings, listen: Config['listen'], secure: boolean): string {
  if (raw.POSTERN_URL !== undefined) return parseUrl('POSTERN_URL', raw.POSTERN_URL);
  const host = listen.hostname.includes(':') ? `[${listen.hostname}]` : listen.hostname;
  const any = listen.hostname === '0.0.0.0' || listen.hostname === '::';
  return `${secure ? 'https' : 'http'}://${any ? 'localhost' : host}:${listen.port}`;
}

function toRegistryUrl(value: string | undefined, url: string): string | null {
  const own = value === undefined ? url : parseUrl('POSTERN_REGISTRY_URL', value);
  if (own === url) return null;
  if (new URL(own).host === new URL(url).host)
    throw new ConfigError('POSTERN_REGISTRY_URL must be on another host or port than POSTERN_URL, or be left out.');
  return own;
}

function toTls(raw: RawSettings): Config['tls'] {
  const certFile = raw.POSTERN_TLS_CERT;
  const keyFile = raw.POSTERN_TLS_KEY;
  if (certFile !== undefined && keyFile !== undefined)
    return { certFile: resolve(certFile), keyFile: resolve(keyFile) };
  if (certFile !== undefined)
    throw new ConfigError('POSTERN_TLS_CERT is set but POSTERN_TLS_KEY is not: TLS needs both.');
  if (keyFile !== undefined)
    throw new ConfigError('POSTERN_TLS_KEY is set but POSTERN_TLS_CERT is not: TLS needs both.');
  return null;
}

function toDatabase(raw: RawSettings, dataFolder: string): DatabaseConfig {
  const url = raw.POSTERN_DATABASE_URL;
  if (url === undefined) return { engine: 'sqlite', file: `${dataFolder}/postern.sqlite` };
  if (!/^postgres(ql)?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new ConfigError(
      'POSTERN_DATABASE_URL must look like postgres://user:password@host:5432/database; leave it out for SQLite.',
    );
  }
  return {
    engine: 'postgres',
    pool: parseInteger('POSTERN_DATABASE_POOL', raw.POSTERN_DATABASE_POOL ?? '20', 4, 1000),
  };
}

function toProxies(value: string | undefined): Cidr[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      try {
        if (part.includes('/')) return ipaddr.parseCIDR(part);
        const address = ipaddr.parse(part);
        return [address, address.kind() === 'ipv4' ? 32 : 128] as const;
      } catch {
        throw new ConfigError(`POSTERN_TRUSTED_PROXIES: "${part}" is not an address or a range such as 10.0.0.0/8.`);
      }
    });
}
