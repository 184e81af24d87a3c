import { sha256 } from '../support/registry.ts';
import type { TestServer } from '../support/server.ts';
import { AUTH } from './package-writers.ts';
import { MANIFEST, manifestOf, pushWhole, signIn } from './registry-client.ts';

/** The state that concurrent pushers, deleters and publishers share. */
export interface Churn {
  server: TestServer;
  projectPath: string;
  graceMs: number;
  /** Whether there is more to do. */
  goesOn(): boolean;
  random: () => number;
  counts: Record<'images' | 'uploaded' | 'mounted' | 'found' | 'packages' | 'deleted', number>;
  problems: string[];
}

type Churner = (churn: Churn, index: number) => Promise<void>;

/** The contents that everyone draws from: few, so that they meet. */
const POOL = Array.from({ length: 40 }, (_, i) => new TextEncoder().encode(`content ${i} `.repeat(1 + i * 50)));

const draw = ({ random }: Churn, count: number) => {
  const left = [...POOL];
  return Array.from(
    { length: count },
    () => left.splice(Math.floor(random() * left.length), 1)[0] ?? new Uint8Array(1),
  );
};

/** Pushes images, pulls each back whole, and deletes all but the last few. */
const pushesImages: Churner = async (churn, index) => {
  const { server, projectPath, problems } = churn;
  const images = [0, 1, 2].map((i) => `${projectPath}/image${i}`);
  const image = images[index % images.length] ?? '';
  const base = `${server.url}/v2/${image}`;
  const pushed: string[] = [];
  let headers: Record<string, string> | null = null;
  for (let round = 0; churn.goesOn(); round++) {
    if (round % 50 === 0) headers = await signIn(server.url, fetch, images);
    if (!headers) throw new Error('nobody signs us in');
    const started = Date.now();
    const digest = await pushImage(churn, base, headers, images);
    // Past its grace time a push may find its first blobs gone: that is what grace means, and a machine that was busy.
    if (digest === null && Date.now() - started > churn.graceMs / 2) continue;
    if (digest === null) problems.push(`a manifest was refused after ${Date.now() - started} ms`);
    else pushed.push(digest);
    if (digest !== null) await pullImage(churn, base, headers, digest);
    if (pushed.length > 3) await remove(churn, `${base}/manifests/${pushed.shift()}`, headers);
  }
};

/** @returns the digest of the manifest; null when it was refused. */
async function pushImage(churn: Churn, base: string, headers: Record<string, string>, images: readonly string[]) {
  const blobs = [];
  for (const bytes of draw(churn, 4)) {
    const digest = sha256(bytes);
    const there = await fetch(`${base}/blobs/${digest}`, { method: 'HEAD', headers });
    if (there.ok) churn.counts.found += 1;
    else await mountOrPush(churn, base, headers, images, bytes);
    blobs.push({ digest, size: bytes.byteLength });
  }
  // Each manifest is another: of two pushes of one a deletion would take both.
  const body = manifestOf(blobs, { annotations: { id: crypto.randomUUID() } });
  const answer = await fetch(`${base}/manifests/${sha256(body)}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': MANIFEST },
    body,
  });
  const text = await answer.text();
  if (answer.status === 201) return sha256(body);
  if (answer.status !== 404 && answer.status !== 400) churn.problems.push(`a manifest: ${answer.status} ${text}`);
  return null;
}

async function mountOrPush(
  churn: Churn,
  base: string,
  headers: Record<string, string>,
  images: readonly string[],
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const from = images[Math.floor(churn.random() * images.length)] ?? '';
  const query = new URLSearchParams({ mount: sha256(bytes), from });
  const mounted = await fetch(`${base}/blobs/uploads/?${query}`, { method: 'POST', headers });
  if (mounted.status === 201) {
    churn.counts.mounted += 1;
    return;
  }
  const send = async (url: string, init: RequestInit) => {
    const answer = await fetch(url, init);
    if (answer.status !== 201) churn.problems.push(`a blob: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  await pushWhole(base, headers, send, bytes);
  churn.counts.uploaded += 1;
}

async function pullImage(churn: Churn, base: string, headers: Record<string, string>, digest: string): Promise<void> {
  const answer = await fetch(`${base}/manifests/${digest}`, { headers: { ...headers, Accept: MANIFEST } });
  const { config, layers } = (await answer.json()) as { config: { digest: string }; layers: { digest: string }[] };
  for (const blob of [config, ...layers]) {
    const bytes = await (await fetch(`${base}/blobs/${blob.digest}`, { headers })).bytes();
    if (sha256(bytes) !== blob.digest) churn.problems.push(`blob unknown: ${blob.digest} of ${digest}`);
  }
  churn.counts.images += 1;
}

/** Publishes files, fetches each back, and deletes all but the last few. */
const publishes: Churner = async (churn, index) => {
  const api = `${churn.server.url}/api/v4/projects/${encodeURIComponent(churn.projectPath)}/packages`;
  const published: string[] = [];
  while (churn.goesOn()) {
    const [bytes = new Uint8Array(1)] = draw(churn, 1);
    const name = `package${index}-${crypto.randomUUID()}`;
    const url = `${api}/generic/${name}/1.0.0/file`;
    const put = await fetch(url, { method: 'PUT', headers: AUTH, body: bytes });
    if (!put.ok) churn.problems.push(`a publish: ${put.status} ${await put.text()}`);
    const fetched = await (await fetch(url, { headers: AUTH })).bytes();
    if (sha256(fetched) !== sha256(bytes)) churn.problems.push(`a published file is not there: ${url}`);
    churn.counts.packages += 1;
    published.push(name);
    const oldest = published.length > 3 ? published.shift() : undefined;
    if (oldest === undefined) continue;
    const [found] = (await (await fetch(`${api}?package_name=${oldest}`, { headers: AUTH })).json()) as {
      id: number;
    }[];
    if (found) await remove(churn, `${api}/${found.id}`, AUTH);
    else churn.problems.push(`a published package is not listed: ${oldest}`);
  }
};

async function remove(churn: Churn, url: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(url, { method: 'DELETE', headers });
  if (answer.ok) churn.counts.deleted += 1;
  else churn.problems.push(`a deletion: ${answer.status} ${await answer.text()}`);
}

/** Collects from a process of its own, beside what the server does by itself. */
const collects: Churner = async (churn) => {
  while (churn.goesOn()) {
    await churn.server.services.collection.run();
    await Bun.sleep(700);
  }
};

export const CHURNERS: readonly Churner[] = [
  pushesImages,
  pushesImages,
  pushesImages,
  pushesImages,
  publishes,
  publishes,
  collects,
];
