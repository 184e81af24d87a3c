import { open, rm } from 'node:fs/promises';
import { createClient, type TestClient } from '../support/client.ts';
import { type BlobFile, pull, push } from '../support/curl-registry.ts';
import { residentMegabytes } from '../support/memory.ts';
import { startServer } from '../support/server.ts';
import { signIn } from './registry-client.ts';

/** So many uploads, and as many downloads, at once. */
const CONCURRENCY = 4;
export const MEMORY_LIMIT_MEGABYTES = 300;

/**
 * Pushes and pulls large blobs at once. On one engine and the file system: the database is asked a few rows and has no
 * part in how the bytes flow.
 * @param bytes of each.
 */
export async function bigBlobs(bytes: number): Promise<{ peakMegabytes: number; problems: string[] }> {
  await using server = await startServer('sqlite', { POSTERN_LOG_LEVEL: 'info' });
  using client = createClient();
  const project = await server.seed.project(await server.seed.group());
  const name = `${project.full_path}/big`;
  const image = `${server.url}/v2/${name}`;
  const headers = async () => {
    const fields = await signIn(server.url, (url, init) => fetch(url, init), [name]);
    return Object.entries(fields ?? {}).map(([key, value]) => `${key}: ${value}`);
  };
  const first = await makeFile(client, 0, bytes);
  await push(client, image, await headers(), first);
  const files: BlobFile[] = [];
  for (let number = 1; number <= CONCURRENCY; number++) files.push(await makeFile(client, number, bytes));
  const credential = await headers();
  const problems: string[] = [];
  await Promise.all([
    ...files.map((file) => push(client, image, credential, file)),
    ...files.map(async () => {
      const { bytes: came } = await pull(client, `${image}/blobs/${first.digest}`, credential);
      if (came !== bytes) problems.push(`${came} bytes came of a blob of ${bytes}`);
    }),
  ]);
  const peakMegabytes = residentMegabytes(server.pid, 'VmHWM');
  if (peakMegabytes >= MEMORY_LIMIT_MEGABYTES) problems.push(`the server took ${peakMegabytes} MB of memory`);
  return { peakMegabytes, problems };
}

/**
 * Nothing but a number and zeros: it takes no disk space, and is as much as any other on the wire and in the
 * store.
 */
async function makeFile(client: TestClient, number: number, size: number): Promise<BlobFile> {
  const path = client.path(`blob-${number}`);
  await rm(path, { force: true });
  const file = await open(path, 'w');
  await file.write(`blob ${number}\n`);
  await file.truncate(size);
  await file.close();
  const hasher = new Bun.CryptoHasher('sha256');
  for await (const chunk of Bun.file(path).stream()) hasher.update(chunk);
  return { path, size, digest: `sha256:${hasher.digest('hex')}` };
}
