import { describe, expect, test } from 'bun:test';
import { toConfig } from './config.ts';
import { ConfigError } from './parse.ts';
import { toSecrets } from './secrets.ts';
import { type RawSettings, SETTINGS } from './settings.ts';

/** Of each setting: what is good and what it becomes, and what is bad. */
const CASES: Record<
  (typeof SETTINGS)[number]['env'],
  { read: (raw: RawSettings) => unknown; good: [string, unknown][]; bad: string[]; with?: RawSettings }
> = {
  POSTERN_URL: {
    read: (raw) => toConfig(raw).url,
    good: [
      ['https://postern.example.com', 'https://postern.example.com'],
      ['https://postern.example.com/', 'https://postern.example.com'],
      ['http://[::1]:8080', 'http://[::1]:8080'],
    ],
    bad: [
      'postern.example.com',
      'ftp://x',
      'https://',
      'https://a:b@x',
      'https://x/git',
      'https://x?a=b',
      'https://x#a',
    ],
  },
  POSTERN_REGISTRY_URL: {
    read: (raw) => toConfig(raw).registryUrl,
    good: [
      ['https://registry.example.com/', 'https://registry.example.com'],
      ['https://postern.example.com:5050', 'https://postern.example.com:5050'],
      ['https://postern.example.com', null],
    ],
    bad: ['registry.example.com', 'https://registry.example.com/v2', 'http://postern.example.com'],
    with: { POSTERN_URL: 'https://postern.example.com' },
  },
  POSTERN_BLOBS: {
    read: (raw) => toConfig(raw).blobs,
    good: [
      [
        's3://blobs',
        {
          kind: 's3',
          bucket: 'blobs',
          prefix: '',
          endpoint: 'https://s3.us-east-1.amazonaws.com',
          region: 'us-east-1',
          pathStyle: false,
          readers: 'https://s3.us-east-1.amazonaws.com',
        },
      ],
      [
        's3://my.blobs/a//b_c/?endpoint=http://127.0.0.1:9000/&region=eu-1&redirect=off',
        {
          kind: 's3',
          bucket: 'my.blobs',
          prefix: 'a/b_c/',
          endpoint: 'http://127.0.0.1:9000',
          region: 'eu-1',
          pathStyle: true,
          readers: null,
        },
      ],
      [
        's3://blobs?endpoint=http://minio:9000&style=host&redirect=https://s3.example.com',
        {
          kind: 's3',
          bucket: 'blobs',
          prefix: '',
          endpoint: 'http://minio:9000',
          region: 'us-east-1',
          pathStyle: false,
          readers: 'https://s3.example.com',
        },
      ],
    ],
    bad: [
      'blobs',
      'https://blobs',
      's3://',
      's3://ab',
      's3://Blobs',
      's3://AKID:geheim@blobs',
      's3://blobs?secret=geheim',
      's3://blobs/.hidden',
      's3://blobs?endpoint=nowhere',
      's3://blobs?endpoint=https://a:geheim@x',
      's3://blobs?endpoint=https://x/path',
      's3://blobs?style=virtual',
      's3://blobs?redirect=maybe',
      's3://blobs?region=Mars/1',
    ],
  },
  POSTERN_S3_ACCESS_KEY_ID: {
    read: (raw) => toSecrets(raw).s3?.id.reveal(),
    good: [['AKID', 'AKID']],
    bad: [],
    with: { POSTERN_BLOBS: 's3://blobs', POSTERN_S3_SECRET_ACCESS_KEY: 'geheim' },
  },
  POSTERN_S3_SECRET_ACCESS_KEY: {
    read: (raw) => toSecrets(raw).s3?.secret.reveal(),
    good: [['geheim', 'geheim']],
    bad: [],
    with: { POSTERN_BLOBS: 's3://blobs', POSTERN_S3_ACCESS_KEY_ID: 'AKID' },
  },
  POSTERN_LISTEN: {
    read: (raw) => toConfig(raw).listen,
    good: [
      ['127.0.0.1:8080', { hostname: '127.0.0.1', port: 8080 }],
      ['[::1]:80', { hostname: '::1', port: 80 }],
      [':8080', { hostname: '0.0.0.0', port: 8080 }],
      ['8080', { hostname: '0.0.0.0', port: 8080 }],
      ['localhost:0', { hostname: 'localhost', port: 0 }],
    ],
    bad: ['localhost', '1.2.3.4:70000', '::1:80', 'http://x:80', 'x:-1', 'x:'],
  },
  POSTERN_DATA: { read: (raw) => toConfig(raw).dataFolder, good: [['/srv/postern', '/srv/postern']], bad: [] },
  POSTERN_DATABASE_POOL: {
    read: (raw) => toConfig(raw).database,
    good: [
      ['4', { engine: 'postgres', pool: 4 }],
      ['1000', { engine: 'postgres', pool: 1000 }],
    ],
    bad: ['3', '1001', 'many', '-1'],
    with: { POSTERN_DATABASE_URL: 'postgres://db/postern' },
  },
  POSTERN_DATABASE_URL: {
    read: (raw) => [toConfig(raw).database, toSecrets(raw).databaseUrl?.reveal()],
    good: [['postgres://a:b@db/postern', [{ engine: 'postgres', pool: 20 }, 'postgres://a:b@db/postern']]],
    bad: ['mysql://a/b', 'postgres://', 'db.sqlite'],
  },
  POSTERN_ROOT_PASSWORD: {
    read: (raw) => toSecrets(raw).rootPassword?.reveal(),
    good: [['correct horse', 'correct horse']],
    bad: ['short', 'x'.repeat(129)],
  },
  POSTERN_ROOT_TOKEN: {
    read: (raw) => toSecrets(raw).rootToken?.reveal(),
    good: [['twenty-letters-at-least', 'twenty-letters-at-least']],
    bad: ['nineteen-letters-xx', 'with a space in it, twenty', `gldt-${'x'.repeat(30)}`],
  },
  POSTERN_SECRET_KEY: {
    read: (raw) => toSecrets(raw).secretKey?.reveal().length,
    good: [[Buffer.alloc(32, 1).toString('base64'), 32]],
    bad: ['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')],
  },
  POSTERN_LOG_LEVEL: { read: (raw) => toConfig(raw).logLevel, good: [['debug', 'debug']], bad: ['loud', 'INFO'] },
  POSTERN_TLS_CERT: {
    read: (raw) => toConfig(raw).tls,
    good: [['/c.pem', { certFile: '/c.pem', keyFile: '/k.pem' }]],
    bad: [],
    with: { POSTERN_TLS_KEY: '/k.pem' },
  },
  POSTERN_TLS_KEY: {
    read: (raw) => [toConfig(raw).tls, toConfig(raw).url],
    good: [['/k.pem', [{ certFile: '/c.pem', keyFile: '/k.pem' }, 'https://127.0.0.1:8080']]],
    bad: [],
    with: { POSTERN_TLS_CERT: '/c.pem' },
  },
  POSTERN_TRUSTED_PROXIES: {
    read: (raw) => toConfig(raw).trustedProxies.map(([address, bits]) => `${address}/${bits}`),
    good: [
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['127.0.0.1, ::1,', ['127.0.0.1/32', '::1/128']],
    ],
    bad: ['10.0.0.0/33', 'proxy.example.com', '10.0.0.1;10.0.0.2'],
  },
  POSTERN_LFS: onOff((raw) => toConfig(raw).features.lfs),
  POSTERN_REGISTRY: onOff((raw) => toConfig(raw).features.registry),
  POSTERN_PACKAGES: onOff((raw) => toConfig(raw).features.packages),
  POSTERN_MAX_PUSH_SIZE: size((raw) => toConfig(raw).limits.pushBytes),
  POSTERN_MAX_LFS_SIZE: size((raw) => toConfig(raw).limits.lfsBytes),
  POSTERN_MAX_PACKAGE_SIZE: size((raw) => toConfig(raw).limits.packageBytes),
  POSTERN_MAX_UPLOADS: count((raw) => toConfig(raw).limits.uploads, 1, ['0']),
  POSTERN_MIN_RATE: size((raw) => toConfig(raw).pace.bytesPerSecond),
  POSTERN_BODY_TIMEOUT: count((raw) => toConfig(raw).pace.deadlineMs, 1000, ['0', '2000001']),
  POSTERN_GIT_PROCESSES: count((raw) => toConfig(raw).git.processes, 1, ['0']),
  POSTERN_GIT_QUEUE: count((raw) => toConfig(raw).git.queue, 1, []),
  POSTERN_GIT_QUEUE_TIMEOUT: count((raw) => toConfig(raw).git.queueTimeoutMs, 1000, ['0']),
  POSTERN_GIT_TIMEOUT: count((raw) => toConfig(raw).git.timeoutMs, 1000, ['0']),
  POSTERN_GIT_MAINTENANCE_INTERVAL: count((raw) => toConfig(raw).git.maintenanceIntervalMs, 1000, ['2000001']),
  POSTERN_IDLE_TIMEOUT: count((raw) => toConfig(raw).idleTimeoutSeconds, 1, ['0', '256']),
  POSTERN_GC_INTERVAL: count((raw) => toConfig(raw).collection.intervalMs, 1000, ['2000001']),
  POSTERN_GC_GRACE: count((raw) => toConfig(raw).collection.graceMs, 1000, ['31536001']),
  POSTERN_UNTAGGED_DAYS: count((raw) => toConfig(raw).untaggedDays, 1, ['3651']),
  POSTERN_STOP_TIMEOUT: count((raw) => toConfig(raw).stopTimeoutMs, 1000, ['3601']),
};

function onOff(read: (raw: RawSettings) => unknown) {
  const good: [string, unknown][] = [
    ['on', true],
    ['true', true],
    ['off', false],
    ['false', false],
  ];
  return { read, good, bad: ['yes', '1', 'ON'] };
}

function size(read: (raw: RawSettings) => unknown) {
  const good: [string, unknown][] = [
    ['500MB', 500e6],
    ['5GiB', 5 * 2 ** 30],
    ['1.5K', 1500],
    ['1048576', 1_048_576],
  ];
  return { read, good, bad: ['-1', 'big', '5 gigabytes', '1e9', ''] };
}

function count(read: (raw: RawSettings) => unknown, unit: number, bad: string[]) {
  return { read, good: [['7', 7 * unit]] as [string, unknown][], bad: [...bad, '-1', '1.5', 'many', '0x10', ' 7'] };
}

for (const [name, { read, good, bad, with: others }] of Object.entries(CASES)) {
  describe(name, () => {
    for (const [value, expected] of good) {
      test(`"${value.slice(0, 40)}" is good`, () => expect(read({ ...others, [name]: value })).toEqual(expected));
    }
    for (const value of bad) {
      test(`"${value.slice(0, 40)}" is refused in a sentence that names it`, () => {
        const attempt = () => read({ ...others, [name]: value });
        expect(attempt).toThrow(ConfigError);
        expect(attempt).toThrow(new RegExp(`^${name}\\b.*[.:]`));
      });
    }
  });
}

test('every setting has its cases', () => {
  expect(SETTINGS.map(({ env }) => env).toSorted()).toEqual(Object.keys(CASES).toSorted() as never);
});

test('settings that are not given have the default that --help shows', () => {
  const config = toConfig({});
  expect(config).toMatchObject({
    url: 'http://127.0.0.1:8080',
    listen: { hostname: '127.0.0.1', port: 8080 },
    logLevel: 'info',
    tls: null,
    trustedProxies: [],
    idleTimeoutSeconds: 120,
    stopTimeoutMs: 30_000,
  });
  expect(config.database).toEqual({ engine: 'sqlite', file: `${config.dataFolder}/postern.sqlite` });
});

test.each([
  [{ POSTERN_TLS_CERT: '/c.pem' }, /^POSTERN_TLS_CERT is set but POSTERN_TLS_KEY is not/],
  [{ POSTERN_TLS_KEY: '/k.pem' }, /^POSTERN_TLS_KEY is set but POSTERN_TLS_CERT is not/],
])('%j contradicts itself', (raw, sentence) => {
  expect(() => toConfig(raw)).toThrow(sentence);
});

test.each([
  [{ POSTERN_BLOBS: 's3://blobs' }, /^POSTERN_S3_ACCESS_KEY_ID is not set/],
  [{ POSTERN_BLOBS: 's3://blobs', POSTERN_S3_ACCESS_KEY_ID: 'a' }, /^POSTERN_S3_SECRET_ACCESS_KEY is not set/],
  [{ POSTERN_S3_SECRET_ACCESS_KEY: 'geheim' }, /^POSTERN_S3_ACCESS_KEY_ID is not set: (?!.*geheim)/],
  [
    { POSTERN_S3_ACCESS_KEY_ID: 'a', POSTERN_S3_SECRET_ACCESS_KEY: 'geheim' },
    /^POSTERN_BLOBS is not set: (?!.*geheim)/,
  ],
])('%j is half of what it takes', (raw, sentence) => {
  expect(() => toSecrets(raw)).toThrow(sentence);
});

test('a refused secret is not repeated', () => {
  for (const name of ['POSTERN_ROOT_PASSWORD', 'POSTERN_ROOT_TOKEN', 'POSTERN_SECRET_KEY'] as const)
    expect(() => toSecrets({ [name]: 'geheim' })).toThrow(/^(?!.*geheim)/);
  expect(() => toConfig({ POSTERN_DATABASE_URL: 'mysql://ann:geheim@db' })).toThrow(/^(?!.*geheim)/);
});

test('a configuration with its secrets prints none of them', () => {
  const raw = {
    POSTERN_DATABASE_URL: 'postgres://ann:geheim12@db/x',
    POSTERN_ROOT_PASSWORD: 'geheim12',
    POSTERN_BLOBS: 's3://blobs',
    POSTERN_S3_ACCESS_KEY_ID: 'geheim12',
    POSTERN_S3_SECRET_ACCESS_KEY: 'geheim12',
  };
  const printed = [JSON.stringify([toConfig(raw), toSecrets(raw)]), Bun.inspect([toConfig(raw), toSecrets(raw)])];
  expect(printed.join()).not.toContain('geheim12');
});
