import { randomBytes } from 'node:crypto';
import { sha256 } from '../support/registry.ts';
import { MANIFEST, manifestOf, pushInChunks, pushWhole, signIn } from './registry-client.ts';
import { ask, type Scene, type Writer } from './writers.ts';

/** Pushes images of two blobs, one in a single request and one in chunks, and a manifest under a tag of its own. */
export const images =
  (name: string): Writer =>
  async (scene) => {
    const { server, projectPath, ledger } = scene;
    const image = `${projectPath}/${name}`;
    const send = (url: string, init: RequestInit) => ask(scene, url, init);
    const headers = await signIn(server.url, send, [image]);
    const base = `${server.url}/v2/${image}`;
    while (headers && !scene.stopped()) {
      const blobs = [];
      for (const push of [pushWhole, pushInChunks]) {
        const bytes = someBytes(scene);
        if (!(await push(base, headers, send, bytes))) return;
        const blob = { digest: sha256(bytes), size: bytes.byteLength };
        blobs.push(blob);
        ledger.acknowledged.push({ kind: 'blob', image, digest: blob.digest });
      }
      const body = manifestOf(blobs);
      const tag = `t${crypto.randomUUID().slice(0, 8)}`;
      const put = { method: 'PUT', headers: { ...headers, 'Content-Type': MANIFEST }, body };
      if (!(await send(`${base}/manifests/${tag}`, put))) return;
      ledger.acknowledged.push({
        kind: 'image',
        image,
        tag,
        digest: sha256(body),
        blobs: blobs.map(({ digest }) => digest),
      });
    }
  };

const someBytes = ({ random }: Scene) => new Uint8Array(randomBytes(1 + Math.floor(random() * 800_000)));
