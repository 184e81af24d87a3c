import { Glob } from 'bun';
import { DAY } from '../../src/lib/clock.ts';
import type { Engine } from '../../src/store/db/database.ts';
import { startApp } from './app.ts';
import { CONFIRM } from './confirmed.ts';
import { sha256 } from './registry.ts';

export type CollectionScene = Awaited<ReturnType<typeof collectionScene>>;

const OWNER = { kind: 'user', id: 1 } as const;
const UPLOADER = { credential: OWNER, confirm: CONFIRM };
const NOTHING = { config: null, subject: null, artifactType: null, annotations: null, imageSize: 0, entries: [] };

/** A whole server whose clock goes with that of its files, and what a test of the collector does to it. */
export async function collectionScene(engine: Engine, extras: Parameters<typeof startApp>[2] = {}) {
  const app = await startApp(engine, {}, extras);
  app.time.now = Date.now();
  const { images, packages, lfsObjects, collection } = app.services;
  const project = await app.seed.project(await app.seed.group());
  const address = (path: string) => ({ project, path });

  return {
    ...app,
    project,
    address,
    /** Time goes by: everything there is by now is older than the grace time. */
    grow() {
      app.time.now += 2 * DAY;
    },
    collect: async (options: Parameters<typeof collection.run>[0] = {}) => {
      const collected = await collection.run(options);
      if (!collected) throw new Error('another run is at it');
      return collected;
    },
    /** Pushes a blob to an image of the project. @returns its digest. */
    async pushBlob(image: string, text: string, digest = sha256(text)) {
      const [algorithm, hex] = digest.split(':') as ['sha256' | 'sha512', string];
      await images.uploads.put(address(image), UPLOADER, bytesOf(text), { algorithm, hex, text: digest });
      return digest;
    },
    /** Pushes a manifest that needs these blobs. @returns its digest. */
    async pushManifest(
      image: string,
      blobs: string[],
      more: { tag?: string; subject?: string; entries?: string[] } = {},
    ) {
      const { tag, ...fields } = more;
      const body = Buffer.from(JSON.stringify({ blobs, ...fields }));
      const digest = sha256(body);
      const manifest = { ...NOTHING, mediaType: 'application/vnd.oci.image.manifest.v1+json', blobs, ...fields };
      const put = await images.manifests.put(address(image), tag ?? digest, [], { manifest, bytes: body }, CONFIRM);
      if (put.outcome !== 'stored') throw new Error(`missing: ${put.digests.join(' ')}`);
      return digest;
    },
    /** Publishes a package of one file. */
    async publish(name: string, text: string, type = 'generic') {
      const stored = await packages.receiving((receive) => receive(project, bytesOf(text), { maxBytes: 1e6 }));
      return packages.publish(
        project,
        { type, name, version: '1.0.0', onConflict: 'add_file', files: [{ name: 'file', stored }] },
        app.by,
      );
    },
    async storeObject(text: string) {
      const oid = hexOf(sha256(text));
      await lfsObjects.store(project, { oid, size: Buffer.byteLength(text) }, bytesOf(text), CONFIRM);
      return oid;
    },
    begin: (image: string) => images.uploads.begin(address(image), { ...UPLOADER, ip: '127.0.0.1' }),
    /** The contents of the blob stores, by folder and name. */
    files: () =>
      ['blobs', 'images'].flatMap((store) => [...new Glob(`${store}/**/*`).scanSync({ cwd: app.folder })]).toSorted(),
  };
}

const hexOf = (digest: string) => digest.slice(digest.indexOf(':') + 1);
/** Where the file of a blob lies. */
export const fileOf = (store: 'blobs' | 'images', text: string) => {
  const hex = hexOf(sha256(text));
  return `${store}/sha256/${hex.slice(0, 2)}/${hex}`;
};

const bytesOf = async function* (text: string) {
  yield Buffer.from(text);
};
