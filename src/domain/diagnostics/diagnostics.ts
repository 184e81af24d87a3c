import type { Secret } from '../../lib/secret.ts';
import type { BucketAccess } from '../../store/blobs/open-bucket.ts';
import type { DatabaseAddress } from '../../store/db/database.ts';
import { checkBucket } from './blobs.ts';
import type { Check } from './check.ts';
import { checkDatabase } from './database.ts';
import { checkDataFolder, checkGit, checkSecretKey } from './machine.ts';

/** Where everything is that the server needs. */
export interface Checked {
  /** Where programs are looked for. */
  path: string;
  dataFolder: string;
  /** The key of POSTERN_SECRET_KEY; null if it is in the data folder. */
  secretKey: Secret<Uint8Array> | null;
  database: DatabaseAddress;
  /** Null if blobs are in the data folder. */
  bucket: BucketAccess | null;
}

/** Looks at everything the server needs, and leaves it as it is. */
export async function runDiagnostics(checked: Checked, now: number): Promise<Check[]> {
  const key = checkSecretKey(checked.secretKey, checked.dataFolder);
  return [
    await checkGit(checked.path),
    checkDataFolder(checked.dataFolder),
    key.check,
    ...(await checkDatabase(checked.database, key.keyId, now)),
    ...(checked.bucket ? [await checkBucket(checked.bucket)] : []),
  ];
}
