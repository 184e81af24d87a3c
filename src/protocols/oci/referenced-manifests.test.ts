import { expect, test } from 'bun:test';
import { privateToken } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { codesOf, createRegistryClient, imageManifest, indexOf, sha256 } from '../../../test/support/registry.ts';
import { rejectionOf } from '../../../test/support/rejection.ts';
import { MIGRATIONS } from '../../store/db/migrations/index.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';

onEachApp('manifests that an index lists', (started) => {
  /** An image `app` of a new project, and a caller who may do everything. */
  const setUp = async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const admin = await app.seed.user({ admin: true });
    const image = `${project.full_path}/app`;
    const headers = await client.signIn({ username: admin.username, secret: admin.token }, `repository:${image}:*`);
    const config = await client.pushBlob(headers, image, '{}');
    const put = async (reference: string | null, manifest: object, type = MANIFEST) => {
      const text = JSON.stringify(manifest);
      const { status } = await client.putManifest(headers, image, reference ?? sha256(text), text, type);
      return { status, entry: { mediaType: type, digest: sha256(text), size: text.length } };
    };
    const child = (name: string, tag: string | null = null) =>
      put(tag, imageManifest(config, [], { annotations: { name } }));
    const send = (method: string, reference: string) =>
      app.fetch(`/v2/${image}/manifests/${reference}`, { method, headers });
    const find = async () => {
      const page = await app.services.images.repositories.list(project, { page: 1, perPage: 1 });
      const [found] = page.items;
      if (!found) throw new Error('the image is missing');
      return found;
    };
    return { app, project, admin, put, child, send, find };
  };

  test('are deleted after the index, not before: 409 as in GitLab', async () => {
    const { put, child, send } = await setUp();
    const { entry: amd64 } = await child('amd64');
    const { entry: arm64 } = await child('arm64');
    await child('amd64', 'single');
    const { entry: multi } = await put('multi', indexOf([amd64, arm64]), INDEX);
    const { entry: outer } = await put('outer', indexOf([multi]), INDEX);
    for (const digest of [amd64.digest, arm64.digest, multi.digest]) {
      const refused = await send('DELETE', digest);
      expect([refused.status, await codesOf(refused)]).toEqual([409, ['MANIFEST_REFERENCED']]);
      expect((await send('GET', digest)).status).toBe(200);
    }
    // Tags go alone, also those on a listed manifest.
    for (const tag of ['single', 'multi']) expect((await send('DELETE', tag)).status).toBe(202);
    for (const { digest } of [outer, multi, amd64, arm64]) expect((await send('DELETE', digest)).status).toBe(202);
  });

  test('are deleted with the whole image', async () => {
    const { app, project, admin, put, child, send, find } = await setUp();
    const { entry } = await child('amd64');
    await put('multi', indexOf([entry]), INDEX);
    const { id } = await find();
    const answer = await app.fetch(`/api/v4/projects/${project.id}/registry/repositories/${id}`, {
      method: 'DELETE',
      headers: privateToken(admin.token),
    });
    expect(answer.status).toBe(202);
    expect((await send('GET', entry.digest)).status).toBe(404);
  });

  test('cannot be deleted by the page of untagged manifests either', async () => {
    const { app, project, put, child, find } = await setUp();
    const { entry } = await child('amd64');
    const { entry: index } = await put('multi', indexOf([entry]), INDEX);
    const image = await find();
    const { untagged } = app.services.images;
    expect((await untagged.list(image, { page: 1, perPage: 9 })).items).toMatchObject([{ listedIn: index.digest }]);
    const removal = untagged.remove(project, image, entry.digest, app.by);
    expect(await rejectionOf(removal)).toMatchObject({
      kind: 'conflict',
      message: expect.stringContaining(index.digest),
    });
  });

  test('a deletion and a push of the index at once: the index is complete, or it is refused', async () => {
    const { put, child, send } = await setUp();
    for (let n = 0; n < 10; n++) {
      const { entry } = await child(`child ${n}`);
      const [pushed, deleted] = await Promise.all([
        put(`multi-${n}`, indexOf([entry]), INDEX),
        send('DELETE', entry.digest),
      ]);
      const stored = (await send('GET', entry.digest)).status;
      expect([
        [201, 409, 200],
        [400, 202, 404],
      ]).toContainEqual([pushed.status, deleted.status, stored]);
    }
  });

  test('are found by the migration in the indexes that were pushed before', async () => {
    const { app, put, child, find } = await setUp();
    const { entry: amd64 } = await child('amd64');
    const { entry: arm64 } = await child('arm64');
    const { entry: multi } = await put('multi', indexOf([amd64, arm64, { ...amd64, digest: sha256('{}') }]), INDEX);
    await put('outer', indexOf([multi]), INDEX);
    const { id } = await find();
    const entries = () =>
      app.db
        .selectFrom('image_manifest_entries as e')
        .innerJoin('image_manifests as m', 'm.id', 'e.manifest_id')
        .select(['e.index_id', 'm.digest'])
        .where('m.image_id', '=', id)
        .orderBy('e.index_id')
        .orderBy('e.manifest_id')
        .execute();
    const before = await entries();
    expect(before.map(({ digest }) => digest)).toEqual([amd64.digest, arm64.digest, multi.digest]);
    await app.db.schema.dropTable('image_manifest_entries').execute();
    await MIGRATIONS['0021-manifest-entries']?.up(app.db as never);
    expect(await entries()).toEqual(before);
  });
});
