import type { Clock } from '../lib/clock.ts';
import type { BlobStore } from '../store/blobs/blob-store.ts';
import type { Db } from '../store/db/database.ts';
import type { ProcessLock } from '../store/db/types.ts';
import type { GitStore } from '../store/git/git-store.ts';
import type { Sealer } from './keys/sealing.ts';
import type { SigningKeys } from './keys/signing-keys.ts';

/** The dependencies of the domain. Created once by the composition root; each service takes what it needs. */
export interface Deps {
  db: Db;
  blobs: BlobStore;
  /** Blobs of container images: apart from all others, so that each has its own collector. */
  imageBlobs: BlobStore;
  /** Prevents other processes on the same database from doing the same concurrently. */
  processLock: ProcessLock;
  git: GitStore;
  clock: Clock;
  /** The database's time in milliseconds since 1970: the one clock that all servers share. */
  databaseTime: () => Promise<number>;
  sealer: Sealer;
  /** The keys that sign the bearer tokens of the registry. */
  registryKeys: SigningKeys;
  features: InstanceFeatures;
  /** In bytes; `uploads` of one credential, from one address and to one project. */
  limits: { pushBytes: number; lfsBytes: number; uploads: number };
  /** The grace period: the minimum age before an unreferenced blob is deleted. */
  graceMs: number;
  /** How often a repository is maintained after pushes; null: only when an administrator asks for it. */
  maintenanceIntervalMs: number | null;
  /** Days after which manifests are deleted that nothing refers to, where a project sets nothing else; 0: never. */
  untaggedDays: number;
  /** Receives failures of background work; the message contains no secret. */
  report: (message: string, error: unknown) => void;
}

/** The features that are enabled on the server. */
export interface InstanceFeatures {
  lfs: boolean;
  registry: boolean;
  packages: boolean;
}
