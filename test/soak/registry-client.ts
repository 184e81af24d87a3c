import { basic } from '../support/app.ts';
import { bearer, sha256 } from '../support/registry.ts';
import { ROOT_TOKEN } from '../support/server.ts';

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/**
 * Sends a request; what it comes to, and what a bad answer means, is for the caller to say. Null: there is no going on.
 */
export type Send = (url: string, init: RequestInit) => Promise<Response | null>;

/** The headers of a bearer token that pulls, pushes and deletes; null when the server is gone. */
export async function signIn(
  url: string,
  send: Send,
  images: readonly string[],
): Promise<Record<string, string> | null> {
  const scopes = images.map((image) => `scope=${encodeURIComponent(`repository:${image}:pull,push,delete`)}`);
  const answer = await send(`${url}/jwt/auth?service=container_registry&${scopes.join('&')}`, {
    headers: basic('root', ROOT_TOKEN),
  });
  return answer ? bearer(((await answer.json()) as { token: string }).token) : null;
}

/** Pushes in one request. @returns whether it was answered that it is there. */
export async function pushWhole(
  base: string,
  headers: Record<string, string>,
  send: Send,
  bytes: Uint8Array<ArrayBuffer>,
) {
  const answer = await send(`${base}/blobs/uploads/?digest=${sha256(bytes)}`, { method: 'POST', headers, body: bytes });
  return answer !== null;
}

/** Pushes in two chunks of a session. */
export async function pushInChunks(
  base: string,
  headers: Record<string, string>,
  send: Send,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const session = await send(`${base}/blobs/uploads/`, { method: 'POST', headers });
  let location = session?.headers.get('location');
  const middle = Math.floor(bytes.byteLength / 2);
  for (const chunk of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
    if (!location) return false;
    const answer = await send(new URL(location, base).href, { method: 'PATCH', headers, body: chunk });
    location = answer?.headers.get('location');
  }
  if (!location) return false;
  const end = new URL(location, base);
  end.searchParams.set('digest', sha256(bytes));
  return (await send(end.href, { method: 'PUT', headers })) !== null;
}

/** A manifest of these blobs: the first is its configuration. */
export function manifestOf(blobs: readonly { digest: string; size: number }[], more: object = {}): string {
  const [config, ...layers] = blobs.map((blob) => ({ ...blob, mediaType: 'application/octet-stream' }));
  return JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config, layers, ...more });
}
