import { expect, test } from 'bun:test';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { CONFIRM } from '../../../test/support/confirmed.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { sha256 } from '../../../test/support/registry.ts';
import { openBlobs } from '../../store/blobs/open-blobs.ts';
import { createImageSummaries } from './image-summary.ts';

const TYPES = {
  config: 'application/vnd.oci.image.config.v1+json',
  image: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
};
const TAGS = 100;

onEachEngine('looks at images', (engine) => {
  test('of 100 tags ask the database as often as of one, and weigh 20 images in one query', async () => {
    await using app = await startApp(engine);
    const { images } = app.services;
    const project = await app.seed.project(await app.seed.group());
    for (let i = 0; i < 20; i++) await pushBlob(app, { project, path: `other-${i}` }, `bytes of ${i}`);
    const address = { project, path: 'app' };
    for (let i = 0; i < TAGS; i++) await pushIndex(app, address, i);
    const found = (await images.repositories.list(project, { page: 1, perPage: 100 })).items;
    const image = found.find(({ path }) => path === 'app');
    if (!image) throw new Error('the image is not there');
    const tags = (await images.tags.list(image, { page: 1, perPage: 100 })).items;
    expect([found.length, tags.length]).toEqual([21, TAGS]);

    const counted = countingQueries(app);
    const { imageBlobs } = await openBlobs({ kind: 'filesystem' }, null, app.folder);
    const looks = createImageSummaries({ db: counted.db, imageBlobs });
    const seen = await looks.ofTags(image, tags);
    expect(counted.count()).toBeLessThanOrEqual(3);
    expect(seen.size).toBe(TAGS);
    for (const tag of tags)
      expect(seen.get(tag.digest)).toMatchObject(
        tag.media_type === TYPES.index
          ? { kind: 'Image', platforms: ['linux/arm64', 'linux/s390x'], bytes: 70 }
          : { kind: 'Image', platforms: ['linux/amd64'], bytes: 70 },
      );

    const bytes = await images.repositories.bytes(found.map(({ id }) => id));
    for (const { id, path } of found.filter((one) => one.path.startsWith('other')))
      expect([path, bytes.get(id)]).toEqual([path, `bytes of ${path.slice(6)}`.length]);
    for (const { id } of found) expect((await images.repositories.bytes([id])).get(id)).toBe(bytes.get(id) ?? -1);
    expect(await images.repositories.bytes([])).toEqual(new Map());
  });
});

/** The same database, which counts what it is asked. */
function countingQueries({ db }: TestApp) {
  let count = 0;
  const plugin: Parameters<typeof db.withPlugin>[0] = {
    transformQuery: ({ node }) => {
      count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(plugin), count: () => count };
}

type Address = Parameters<TestApp['services']['images']['manifests']['put']>[0];

async function pushBlob({ services }: TestApp, address: Address, text: string): Promise<string> {
  const digest = sha256(text);
  const body = new Blob([text]).stream();
  const named = { algorithm: 'sha256', hex: digest.slice(7), text: digest } as const;
  await services.images.uploads.put(address, { credential: { kind: 'user', id: 1 }, confirm: CONFIRM }, body, named);
  return digest;
}

/** Every second tag is on an image, the others on an index of one that is here and one that is not. */
async function pushIndex(app: TestApp, address: Address, number: number): Promise<void> {
  const put = async (reference: string | null, manifest: object, mediaType: string, more: object) => {
    const bytes = Buffer.from(JSON.stringify(manifest));
    const rest = { blobs: [], entries: [], config: null, subject: null, artifactType: null, annotations: null };
    const read = { ...rest, mediaType, imageSize: 0, ...more };
    await app.services.images.manifests.put(
      address,
      reference ?? sha256(bytes),
      [],
      { manifest: read, bytes },
      CONFIRM,
    );
    return sha256(bytes);
  };
  const many = number % 2 === 0;
  const architecture = many ? 'arm64' : 'amd64';
  const config = await pushBlob(app, address, JSON.stringify({ architecture, os: 'linux', number }));
  const image = { blobs: [config], config: { digest: config, mediaType: TYPES.config }, imageSize: 70 };
  const typed = { ...image, artifactType: TYPES.config };
  const one = await put(many ? null : `v${number}`, { number }, TYPES.image, typed);
  if (!many) return;
  const manifests = [
    { digest: one, mediaType: TYPES.image, platform: { os: 'linux', architecture } },
    { digest: sha256(`not here ${number}`), mediaType: TYPES.image, platform: { os: 'linux', architecture: 's390x' } },
  ];
  await put(`v${number}`, { manifests }, TYPES.index, { entries: [one] });
}
