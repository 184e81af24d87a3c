import { join } from 'node:path';
import type { RawSettings } from '../../src/config/settings.ts';
import { Secret } from '../../src/lib/secret.ts';
import { createS3Client, type S3Address, type S3Keys } from '../../src/store/s3/s3-client.ts';
import { needsClient } from './needs-client.ts';
import { freePort } from './postgres.ts';
import { scratchFolder } from './scratch.ts';

/** A `test` that needs a real S3 server: Ceph, of Debian's packages. */
export const needsCeph = needsClient('ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin', 'monmaptool', 'uuidgen');

const ACCESS_KEY = 'TESTACCESSKEY';
const SECRET_KEY = 'a-secret-key-of-the-tests-alone';

export const CEPH_KEYS: S3Keys = { id: new Secret(ACCESS_KEY), secret: new Secret(SECRET_KEY) };

let started: Promise<string> | undefined;
/** Kept, because a pipe that is forgotten is closed, and then the server ends. */
let keeper: Bun.Subprocess | undefined;

/** A bucket of its own on a Ceph of this test run, which the first who asks starts. It takes some six seconds. */
export async function freshBucket(): Promise<S3Address> {
  // A port may be taken between its choice and its use.
  started ??= start().catch(start);
  const address = {
    endpoint: await started,
    region: 'us-east-1',
    bucket: `bucket-${crypto.randomUUID()}`,
    pathStyle: true,
  };
  await createS3Client(address, CEPH_KEYS).send({ method: 'PUT' }, async () => {});
  return address;
}

/** The same as settings of the server. @param options more of the address, such as `redirect=off`. */
export async function bucketSettings(options = ''): Promise<RawSettings> {
  const { bucket, endpoint } = await freshBucket();
  return settingsFor(bucket, endpoint, options);
}

/** Settings for a bucket that is there, perhaps reached another way. */
export const settingsFor = (bucket: string, endpoint: string, options = ''): RawSettings => ({
  POSTERN_BLOBS: `s3://${bucket}/some/where?endpoint=${endpoint}${options === '' ? '' : `&${options}`}`,
  POSTERN_S3_ACCESS_KEY_ID: ACCESS_KEY,
  POSTERN_S3_SECRET_ACCESS_KEY: SECRET_KEY,
});

async function start(): Promise<string> {
  const folder = scratchFolder('postern-ceph-');
  const port = await freePort();
  const monitor = await freePort();
  const script = join(import.meta.dir, 'ceph.sh');
  const child = Bun.spawn([script, folder, String(port), String(monitor), ACCESS_KEY, SECRET_KEY], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  keeper = child;
  keeper.unref();
  let said = '';
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    if (said.includes('ready')) return `http://127.0.0.1:${port}`;
  }
  throw new Error(`Ceph did not start: ${await new Response(child.stderr).text()}`);
}
