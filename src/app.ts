import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { apiProtocol } from './api/index.ts';
import type { Config } from './config/config.ts';
import { databaseAddress } from './config/database.ts';
import { readPath } from './config/env.ts';
import type { ConfigSecrets } from './config/secrets.ts';
import { createAudit } from './domain/audit/audit.ts';
import { SYSTEM } from './domain/audit/author.ts';
import type { Deps } from './domain/deps.ts';
import { runDiagnostics } from './domain/diagnostics/diagnostics.ts';
import { firstStart } from './domain/first-start.ts';
import { REGISTRY_KEYS } from './domain/images/access-tokens.ts';
import { rotateSigningKey } from './domain/keys/rotate.ts';
import { createSealer, type Sealer } from './domain/keys/sealing.ts';
import { createSigningKeys } from './domain/keys/signing-keys.ts';
import { createServices, type Services } from './domain/services.ts';
import { createAttempts } from './gate/attempts.ts';
import { createConfirmPassword } from './gate/confirm-password.ts';
import { createGate } from './gate/gate.ts';
import { createHashGate } from './gate/hash-gate.ts';
import { createOpenBodies } from './http/bodies/open-bodies.ts';
import { createDispatch, type Dispatch } from './http/dispatch.ts';
import { createLinks } from './http/links.ts';
import { createObservability } from './http/observer.ts';
import type { PackageType } from './http/packages/package-type.ts';
import type { Protocol } from './http/route.ts';
import { type Clock, systemClock } from './lib/clock.ts';
import type { Secret } from './lib/secret.ts';
import { StartError } from './lib/start-error.ts';
import { PACKAGE_TYPES, packageProtocols } from './package-types.ts';
import { gitProtocol, lfsProtocol } from './protocols/git/index.ts';
import { registryProtocols } from './protocols/oci/index.ts';
import { checkAtStart, openBlobs } from './store/blobs/open-blobs.ts';
import { createDatabaseTime, type Database, migrationState, openDatabase, ping } from './store/db/database.ts';
import { isConnectionLost } from './store/db/errors.ts';
import { isDiskFull, isDiskUnusable } from './store/disk-full.ts';
import { createGitPools } from './store/git/git-pool.ts';
import { createGitStore } from './store/git/git-store.ts';
import { instanceKeyFile, loadInstanceKey } from './store/instance-key.ts';
import { readRegistryKeyFile } from './store/registry-key.ts';
import { isStorageOutage } from './store/s3/s3-error.ts';
import { findSealingKeyId } from './store/tables/signing-keys.ts';
import { type BackgroundTasks, createBackgroundTasks } from './tasks/background-tasks.ts';
import { tokenSetups } from './token-setups.ts';
import { healthProtocol } from './web/health.ts';
import { webProtocol } from './web/index.ts';
import type { Diagnostics } from './web/page.ts';

export interface App extends BackgroundTasks, AsyncDisposable {
  dispatch: Dispatch;
  services: Services;
  protocols: readonly Protocol[];
  database: Database;
  /** Creates the administrator if there is no user yet. @param tell receives a generated password. */
  firstStart(tell: (password: Secret) => void): Promise<void>;
  /** @throws StartError when the blob store does not let us in. One that is away for now is no reason not to start. */
  checkStorage(): Promise<void>;
  /**
   * Serves, unless another process does on the same embedded database: then null. Several servers may share PostgreSQL.
   */
  withServeLock<T>(serve: () => Promise<T>): Promise<T | null>;
  /** With port 0 the public URL is known only after listening. */
  setBaseUrl(url: string): void;
}

export interface AppOptions {
  config: Config;
  secrets: ConfigSecrets;
  logger: Logger;
  clock?: Clock;
  /** Left out: all types of the program. */
  packageTypes?: readonly PackageType[];
}

/** The composition root: config -> stores -> services -> protocols, and back down again when disposed. */
export async function createApp(options: AppOptions): Promise<App> {
  const { config, secrets, logger, clock = systemClock, packageTypes = PACKAGE_TYPES } = options;
  const { database, git, stores, deps } = await openStores(config, secrets, logger, clock);
  let base = config.url;
  const services = createServices(deps, packageTypes, () => base);
  const links = createLinks(() => base, config.registryUrl);
  const { observer, metrics } = createObservability(
    logger,
    git.counts,
    services.collection.last,
    services.tasks.counts,
  );
  const attempts = { attempts: createAttempts(services.signInCounts, clock), hashGate: createHashGate() };
  const pages = { services, links, now: clock, confirmPassword: createConfirmPassword({ ...services, ...attempts }) };
  const protocols = [
    healthProtocol(() => Promise.all([ping(database.db), stores.check(), git.check()]), metrics),
    apiProtocol(services, links, clock, config.features),
    ...(config.features.packages ? packageProtocols(packageTypes, services, links, config.limits.packageBytes) : []),
    ...registryProtocols(services, links),
    gitProtocol(services, links),
    lfsProtocol(services, links),
    webProtocol({ ...pages, ...handedOut(config, packageTypes), diagnostics: diagnosticsOf(config, secrets, clock) }),
  ];
  const gate = createGate({ ...services, ...attempts });
  const http = { gate, access: services.access, observer, links, isDiskFull, isOutage, ...boundsOf(config) };
  return {
    dispatch: createDispatch(http, protocols),
    services,
    protocols: protocols,
    database,
    firstStart: (tell) => firstStart(deps, secrets, new URL(config.url).hostname, tell),
    checkStorage: () => checkAtStart(stores),
    withServeLock: (serve) => database.serve(serve),
    ...createBackgroundTasks(services, config, logger),
    setBaseUrl(url) {
      base = url;
    },
    async [Symbol.asyncDispose]() {
      // A push that goes on is settled in the database.
      await git[Symbol.asyncDispose]();
      await services[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** The settings about clients: how they reach the server, and what bounds them. */
const boundsOf = ({ tls, url, trustedProxies, pace, limits }: Config) => ({
  secure: tls !== null || url.startsWith('https:'),
  trustedProxies,
  bodies: createOpenBodies(pace, limits.uploads),
});

const isOutage = (error: unknown): boolean =>
  isConnectionLost(error) || isStorageOutage(error) || isDiskUnusable(error);

/** The diagnostics for administrators. */
function diagnosticsOf(config: Config, secrets: ConfigSecrets, clock: Clock): () => Promise<Diagnostics> {
  const { dataFolder, blobs, database } = config;
  const bucket = blobs.kind === 's3' ? { address: blobs, keys: secrets.s3 } : null;
  const checked = {
    path: readPath(),
    dataFolder,
    secretKey: secrets.secretKey,
    database: databaseAddress(config, secrets),
    bucket,
  };
  return async () => ({
    checks: await runDiagnostics(checked, clock()),
    engine: database.engine,
    blobs: blobs.kind === 's3' ? `In the bucket ${blobs.bucket} of S3` : 'In the data folder',
  });
}

/** The setup snippets for pages. */
const handedOut = ({ features }: Config, types: readonly PackageType[]) => ({
  setups: tokenSetups(features, types),
  packageKinds: types,
});

const openRepositories = (config: Config, report: Deps['report']) =>
  createGitStore(
    {
      root: join(config.dataFolder, 'repositories'),
      path: readPath(),
      pushBytes: config.limits.pushBytes,
      timeoutMs: config.git.timeoutMs,
      idleMs: 1000 * config.idleTimeoutSeconds,
      // An embedded database has one server.
      shared: config.database.engine !== 'sqlite',
      report,
    },
    createGitPools(config.git),
  );

async function openStores(config: Config, secrets: ConfigSecrets, logger: Logger, clock: Clock) {
  const database = await openDatabase(databaseAddress(config, secrets));
  try {
    const sealer = await openSealer(database.db, config, secrets);
    return await openBeside(database, { config, secrets, logger, clock, sealer });
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Makes the instance key only for a database without sealed keys: another key would open none of them.
 * @throws StartError when there is no instance key, and the database needs one.
 */
async function openSealer(db: Database['db'], { dataFolder }: Config, { secretKey }: ConfigSecrets): Promise<Sealer> {
  if (secretKey) return createSealer(secretKey);
  if (!existsSync(instanceKeyFile(dataFolder))) {
    const needed = await findSealingKeyId(db);
    if (needed !== undefined)
      throw new StartError(
        `The keys in the database are sealed with the instance key ${needed}, and there is no instance key here. Set ` +
          `POSTERN_SECRET_KEY, or put secret.key into ${dataFolder}; if that key is lost, make another with "openssl ` +
          `rand -base64 32", and run "postern keys rotate registry --instance-key-lost" with it.`,
      );
  }
  return createSealer(loadInstanceKey(dataFolder));
}

/** Opens everything else that the domain needs, once the database is open. */
async function openBeside(
  database: Database,
  { config, secrets, logger, clock, sealer }: AppOptions & { clock: Clock; sealer: Sealer },
) {
  const { ahead } = await migrationState(database.db);
  if (ahead.length > 0)
    logger.warn({ migrations: ahead }, 'the database is newer than this program, which works on it');
  const stores = await openBlobs(config.blobs, secrets.s3, config.dataFolder);
  const report = (message: string, error: unknown) => logger.error({ error: String(error) }, message);
  const git = openRepositories(config, report);
  const registryKeys = createSigningKeys({ db: database.db, clock, sealer, report }, REGISTRY_KEYS);
  await registryKeys.open(readRegistryKeyFile(config.dataFolder));
  const deps: Deps = {
    db: database.db,
    blobs: stores.blobs,
    imageBlobs: stores.imageBlobs,
    processLock: database.processLock,
    git,
    clock,
    databaseTime: createDatabaseTime(database, clock),
    sealer,
    registryKeys,
    features: config.features,
    limits: config.limits,
    graceMs: config.collection.graceMs,
    maintenanceIntervalMs: config.git.maintenanceIntervalMs,
    untaggedDays: config.untaggedDays,
    report,
  };
  return { database, git, stores, deps };
}

/**
 * For the command line: makes a new key that signs the bearer tokens of the registry.
 * @param instanceKeyLost whether the instance key that sealed the old key is lost: the new key is sealed with this one.
 * @returns the ids of the new key and of the one that it replaces.
 * @throws StartError when the old key is sealed with another instance key that is not lost.
 */
export async function rotateRegistryKey(
  config: Config,
  secrets: ConfigSecrets,
  { instanceKeyLost = false } = {},
  clock: Clock = systemClock,
) {
  await using database = await openDatabase(databaseAddress(config, secrets));
  const deps = { db: database.db, clock, sealer: await openSealer(database.db, config, secrets), report() {} };
  return await rotateSigningKey(createSigningKeys(deps, REGISTRY_KEYS), createAudit(deps), SYSTEM, { instanceKeyLost });
}
