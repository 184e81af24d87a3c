import { join } from 'node:path';
import { sql } from 'kysely';
import { toConfig } from '../../src/config/config.ts';
import { toSecrets } from '../../src/config/secrets.ts';
import type { BlobStore } from '../../src/store/blobs/blob-store.ts';
import { openBlobs } from '../../src/store/blobs/open-blobs.ts';
import { sha256 } from '../support/registry.ts';
import type { TestServer } from '../support/server.ts';
import type { Acknowledged } from './ledger.ts';
import { signIn } from './registry-client.ts';

/** A server whose database and folder are opened beside it. */
export type Stored = Pick<TestServer, 'raw' | 'folder' | 'db'>;

type Asked = Pick<TestServer, 'url'>;

type Of<K extends Acknowledged['kind']> = Acknowledged & { kind: K };

/** Pulls what an image was said to have: the manifest by its tag, and every blob, to the last byte. */
export async function imageIsThere(server: Asked, { image, tag, digest, blobs }: Of<'image'>): Promise<boolean> {
  const headers = await signIn(server.url, fetch, [image]);
  const manifest = await fetch(`${server.url}/v2/${image}/manifests/${tag}`, headers ? { headers } : {});
  if (!manifest.ok || sha256(await manifest.bytes()) !== digest) return false;
  const there = await Promise.all(blobs.map((blob) => pulls(server, image, blob, headers)));
  return there.every(Boolean);
}

export const blobIsThere = async (server: Asked, { image, digest }: Of<'blob'>): Promise<boolean> =>
  pulls(server, image, digest, await signIn(server.url, fetch, [image]));

async function pulls(server: Asked, image: string, digest: string, headers: Record<string, string> | null) {
  const answer = await fetch(`${server.url}/v2/${image}/blobs/${digest}`, headers ? { headers } : {});
  return answer.ok && sha256(await answer.bytes()) === digest;
}

/** The referenced blobs, which must be in each store, and no others after garbage collection. */
const NEEDED = {
  blobs:
    'select sha256 as name, size from package_files union select o.oid as name, o.size from lfs_objects o join lfs_links l on l.oid = o.oid',
  images: 'select c.sha256 as name, c.size from image_contents c join image_blobs b on b.digest = c.digest',
} as const;

type Store = keyof typeof NEEDED;

/** The stores of a server, opened beside it. */
const storesOf = async ({ raw, folder }: Stored): Promise<Record<Store, BlobStore>> => {
  const { blobs, imageBlobs } = await openBlobs(toConfig(raw).blobs, toSecrets(raw).s3, folder);
  return { blobs, images: imageBlobs };
};

async function neededIn({ db }: Stored, store: Store): Promise<Map<string, number>> {
  const { rows } = await sql.raw<{ name: string; size: number | string }>(NEEDED[store]).execute(db);
  return new Map(rows.map(({ name, size }) => [name, Number(size)]));
}

/** @returns what rows refer to and is not in the blob stores, whole. */
export async function findMissingBlobs(server: Stored): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, store] of Object.entries(await storesOf(server)) as [Store, BlobStore][])
    for (const [sha256, size] of await neededIn(server, name))
      if ((await store.size(sha256)) !== size) missing.push(`${name}: ${sha256} has not its ${size} bytes`);
  return missing;
}

/** Collects garbage of any age with the command line, beside the server. @returns what it printed. */
export async function collectEverything(server: TestServer): Promise<string> {
  const main = join(import.meta.dir, '../../src/main.ts');
  const env = { PATH: process.env['PATH'] ?? '', ...server.raw, POSTERN_GC_GRACE: '0' };
  const child = Bun.spawn([process.execPath, main, 'gc'], { env, stdout: 'pipe', stderr: 'pipe' });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  if ((await child.exited) !== 0) throw new Error(`postern gc failed: ${out}${err}`);
  return out;
}

/** @returns everything in the blob stores that no row refers to: blobs, uploads, and what was left half done. */
export async function findAstray(server: Stored): Promise<string[]> {
  const astray: string[] = [];
  for (const [name, store] of Object.entries(await storesOf(server)) as [Store, BlobStore][]) {
    const needed = await neededIn(server, name);
    for await (const { sha256 } of store.list()) if (!needed.has(sha256)) astray.push(`${name}: the blob ${sha256}`);
    for await (const { id } of store.uploads.list()) astray.push(`${name}: the upload ${id}`);
    for await (const { size } of store.leftovers()) astray.push(`${name}: ${size} bytes half done`);
  }
  return astray;
}
