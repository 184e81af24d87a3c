import type { Clock } from '../lib/clock.ts';
import type { BlobStore } from '../store/blobs/blob-store.ts';
import type { Db } from '../store/db/database.ts';
import type { ProcessLock } from '../store/db/types.ts';
import type { GitStore } from '../store/git/git-store.ts';
import type { Sealer } from './keys/sealing.ts';
import type { SigningKeys } from './keys/signing-keys.ts';

/** What the domain stands on. Made once by the composition root; each service takes what it needs. */
export interface Deps {
  db: Db;
  blobs: BlobStore;
  /** Blobs of container images: apart from all others, so that each has its own collector. */
  imageBlobs: BlobStore;
  /** Keeps other processes on the same database from doing the same meanwhile. */
  processLock: ProcessLock;
  git: GitStore;
  clock: Clock;
  /** The database's time in milliseconds since 1970: the one clock that all servers share. */
  databaseTime: () => Promise<number>;
  sealer: Sealer;
  /** The keys that sign the bearer tokens of the registry. */
  registryKeys: SigningKeys;
  features: InstanceFeatures;
  /** In bytes. */
  limits: { pushBytes: number; lfsBytes: number };
  /** What nothing has referred to for so long may be removed. */
  graceMs: number;
  /** How often a repository is maintained after pushes; null: only when an administrator asks for it. */
  maintenanceIntervalMs: number | null;
  /** Told of failures in work that nobody waits for; the message holds no secret. */
  report: (message: string, error: unknown) => void;
}

/** What is switched on for the whole server. */
export interface InstanceFeatures {
  lfs: boolean;
  registry: boolean;
  packages: boolean;
}
