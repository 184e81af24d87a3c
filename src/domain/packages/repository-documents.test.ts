import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { type CollectionScene, collectionScene } from '../../../test/support/collection-scene.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { packageTypeOf } from '../../../test/support/package-type-of.ts';
import { rejectionOf } from '../../../test/support/rejection.ts';
import { documentReply } from '../../http/replies/document-reply.ts';
import { wholeOf } from './document-store.ts';
import type { RepositoryContents } from './repository-contents.ts';

/** Random text does not compress: the index of a package with it is larger than a row may be. */
const LARGE = randomBytes(5_000_000).toString('base64');

/** One line for each file of the repository: the package, the version and the file. */
async function* lines({ key, packages }: RepositoryContents): AsyncGenerator<string> {
  yield `${key}:\n`;
  for await (const each of packages()) {
    const versions = new Map(each.versions.map(({ id, version }) => [id, version]));
    for await (const { file } of each.eachFile())
      yield `${each.package.name} ${versions.get(file.version_id)} ${file.name}\n`;
  }
}

/** A made-up type whose files belong to channels, and whose index of a channel lists its files. */
function channels() {
  const state = { makes: 0, extra: '' };
  const type = packageTypeOf({
    type: 'channels',
    fileProperties: ({ channels = [] }) => (channels as string[]).map((channel) => ['channel', channel] as const),
    documents: {
      repository: {
        property: 'channel',
        make(contents) {
          state.makes += 1;
          const { extra } = state;
          return {
            index: lines(contents),
            ...(extra === '' ? {} : { extra }),
          };
        },
      },
    },
  });
  return { state, type };
}

async function begin(engine: 'sqlite' | 'postgres') {
  const { state, type } = channels();
  const scene = await collectionScene(engine, { types: [type] });
  const { packages } = scene.services;
  const document = (key: string, kind = 'index') =>
    packages.documents.readOfRepository({ type: 'channels', projectId: scene.project.id, key }, kind);
  return {
    scene,
    state,
    document,
    publish: (name: string, version: string, ...to: string[]) => publish(scene, name, version, to),
    text: async (key: string, kind?: string) => {
      const bytes = new Uint8Array(await wholeOf(await document(key, kind)));
      return Buffer.from(Bun.gunzipSync(bytes)).toString();
    },
    [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose](),
  };
}

async function publish(
  { services: { packages }, project, by }: CollectionScene,
  name: string,
  version: string,
  channels: string[],
) {
  const stored = await packages.receiving((receive) =>
    receive(project, new Blob([`${name} ${version}`]).stream(), { maxBytes: 100 }),
  );
  return packages.publish(
    project,
    {
      type: 'channels',
      name,
      version,
      onConflict: 'add_file',
      files: channels.map((channel) => ({ name: `${channel}.bin`, stored, metadata: { channels: [channel] } })),
    },
    by,
  );
}

onEachEngine('documents of a repository', (engine) => {
  test('list the files of their repository only, and follow every change', async () => {
    await using begun = await begin(engine);
    const { scene, text } = begun;
    const { packages } = scene.services;
    expect(await rejectionOf(begun.document('stable'))).toHaveProperty('kind', 'not_found');
    await begun.publish('b', '1', 'stable', 'edge');
    await begun.publish('a', '1', 'edge');
    expect(await text('stable')).toBe('stable:\nb 1 stable.bin\n');
    expect(await text('edge')).toBe('edge:\na 1 edge.bin\nb 1 edge.bin\n');
    const other = await scene.seed.project(await scene.seed.group());
    await publish({ ...scene, project: other }, 'elsewhere', '1', ['edge']);
    await begun.publish('a', '2', 'edge');
    expect(await text('edge')).toBe('edge:\na 1 edge.bin\na 2 edge.bin\nb 1 edge.bin\n');

    const actor = scene.by;
    const find = (name: string) => packages.find(scene.project, { type: 'channels', name });
    await packages.change.destroyVersions(scene.project, await find('a'), { versions: ['1'] }, actor);
    expect(await text('edge')).toBe('edge:\na 2 edge.bin\nb 1 edge.bin\n');
    const b = await find('b');
    const file = await scene.db
      .selectFrom('package_files')
      .select(['id', 'version_id'])
      .where('name', '=', 'edge.bin')
      .where('version_id', 'in', (eb) => eb.selectFrom('package_versions').select('id').where('package_id', '=', b.id))
      .executeTakeFirstOrThrow();
    const ids = { versionId: file.version_id, fileId: file.id };
    await packages.change.destroyFile(scene.project, b.id, ids, actor);
    expect(await text('edge')).toBe('edge:\na 2 edge.bin\n');
    await packages.change.destroyVersions(scene.project, b, { versions: ['1'] }, actor);
    // The repository exists, and nothing is left in it.
    expect(await text('stable')).toBe('stable:\n');
    expect(await rejectionOf(begun.document('stable', 'other'))).toHaveProperty('kind', 'not_found');
  });

  test('are rebuilt once for many changes at once, and not when they are read', async () => {
    await using begun = await begin(engine);
    const { scene, state } = begun;
    await Promise.all(Array.from({ length: 20 }, (_, i) => begun.publish(`p${10 + i}`, '1', 'edge')));
    await scene.services.packages.documents.settled();
    const rebuilds = state.makes;
    expect(rebuilds).toBeGreaterThan(0);
    // Debounced: one for each 100 ms that the publications took, and one that was running.
    expect(rebuilds).toBeLessThan(20);
    expect((await begun.text('edge')).split('\n')).toHaveLength(22);
    expect(state.makes).toBe(rebuilds);
  });

  test('have an entity tag and the time of their last change, which stay when the text stays', async () => {
    await using begun = await begin(engine);
    const { scene } = begun;
    await begun.publish('a', '1', 'edge');
    const first = await begun.document('edge');
    const at = first.modifiedAt ?? 0;
    expect(at).toBe(scene.time.now);
    scene.time.now += 60_000;
    const actor = scene.by;
    await scene.services.packages.setProperties(scene.project, { type: 'channels', name: 'a' }, { x: 'y' }, actor);
    await scene.services.packages.documents.settled();
    const same = await begun.document('edge');
    expect([same.etag, same.modifiedAt]).toEqual([first.etag, at]);
    const replyTo = async (headers: Record<string, string>) => {
      const request = new Request('http://postern.test/', { headers });
      return documentReply({ request, track: (body) => body }, await begun.document('edge'), 'text/plain');
    };
    const date = new Date(at).toUTCString();
    const whole = await replyTo({});
    expect([whole.status, whole.headers.get('last-modified')]).toEqual([200, date]);
    expect((await replyTo({ 'If-Modified-Since': date })).status).toBe(304);
    expect((await replyTo({ 'If-Modified-Since': date, 'If-None-Match': '"other"' })).status).toBe(200);
    await begun.publish('a', '2', 'edge');
    const changed = await replyTo({ 'If-Modified-Since': date, 'If-None-Match': `W/"${first.etag}"` });
    expect([changed.status, changed.headers.get('last-modified')]).toEqual([
      200,
      new Date(scene.time.now).toUTCString(),
    ]);
  });

  test('that are large are blobs, which the collector keeps while they are current; a kind that is no longer made is deleted', async () => {
    await using begun = await begin(engine);
    const { scene, state, text } = begun;
    state.extra = LARGE;
    await begun.publish('a', '1', 'edge');
    expect(await text('edge', 'extra')).toBe(LARGE);
    const rows = () =>
      scene.db
        .selectFrom('package_repository_documents')
        .select(['kind', 'blob_sha256', 'blob_size'])
        .orderBy('kind')
        .execute();
    const [extra] = await rows();
    expect(Number(extra?.blob_size)).toBeGreaterThan(4_000_000);
    scene.grow();
    expect((await scene.collect()).files.count).toBe(0);
    expect(await text('edge', 'extra')).toBe(LARGE);
    state.extra = '';
    await begun.publish('a', '2', 'edge');
    await scene.services.packages.documents.settled();
    expect((await rows()).map(({ kind }) => kind)).toEqual(['index']);
    scene.grow();
    expect((await scene.collect()).files).toEqual({ count: 1, bytes: Number(extra?.blob_size) });
    expect(await rejectionOf(text('edge', 'extra'))).toHaveProperty('kind', 'not_found');
  }, 180_000);
});
