import { expect, test } from 'bun:test';
import { type CollectionScene, collectionScene, fileOf } from '../../../test/support/collection-scene.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { rejectionOf } from '../../../test/support/rejection.ts';

onEachEngine('publishing', (engine) => {
  const begin = async () => {
    const scene = await collectionScene(engine);
    return { scene, ...publishing(scene), [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
  };

  test('a file whose blob was collected after it was received is not published, and can be sent again', async () => {
    await using begun = await begin();
    const { scene, receive, publish, packages } = begun;
    const stored = await receive('the bytes');
    scene.grow();
    await scene.collect();
    expect(scene.files()).toEqual([]);
    expect(await rejectionOf(publish({ name: 'file', stored }))).toHaveProperty('kind', 'unavailable');
    expect(await packages()).toEqual([]);
    await publish({ name: 'file', stored: await receive('the bytes') });
    expect(scene.files()).toEqual([fileOf('blobs', 'the bytes')]);
  });

  test('a file whose signature was collected is not published', async () => {
    await using begun = await begin();
    const { scene, receive, publish, packages } = begun;
    const signature = await receive('signature');
    scene.grow();
    await scene.collect();
    const file = { name: 'file', stored: await receive('the bytes') };
    const signed = { ...file, children: [{ name: 'file.asc', stored: signature }] };
    expect(await rejectionOf(publish(signed))).toHaveProperty('kind', 'unavailable');
    expect(await packages()).toEqual([]);
  });

  test('the same bytes again need no quota, and other bytes or child files are refused', async () => {
    await using begun = await begin();
    const { scene, receive, publishNew: publish, limit } = begun;
    const file = { name: 'file', stored: await receive('12345') };
    const signed = { ...file, children: [{ name: 'file.asc', stored: await receive('678') }] };
    expect(await publish(signed)).toMatchObject({ isRepeated: false });
    await limit(8);
    for (const same of [signed, file]) expect(await publish(same)).toMatchObject({ isRepeated: true });
    const [counted] = await scene.db.selectFrom('storage_limits').select('used_bytes').execute();
    expect(counted?.used_bytes).toBe(8);
    await limit(100);
    const other = await receive('other');
    for (const different of [
      { ...file, stored: other },
      { ...file, children: [{ name: 'file.asc', stored: other }] },
      { ...file, children: [{ name: 'file.sig', stored: other }] },
      { ...file, name: 'file.asc', stored: other },
    ])
      expect(await rejectionOf(publish(different))).toHaveProperty('kind', 'conflict');
    expect(await rejectionOf(publish(file, { name: 'second', stored: other }))).toHaveProperty('kind', 'conflict');
    expect(await scene.db.selectFrom('package_files').select('name').execute()).toHaveLength(2);
  });

  test('child files count against the quota as files do', async () => {
    await using begun = await begin();
    const { scene, receive, publish, packages, limit } = begun;
    const file = { name: 'file', stored: await receive('12345') };
    const signed = { ...file, children: [{ name: 'file.asc', stored: await receive('678') }] };
    await limit(7);
    expect(await rejectionOf(publish(signed))).toHaveProperty('kind', 'over_quota');
    expect(await packages()).toEqual([]);
    await limit(8);
    // Equal files are stored once.
    await publish(signed, { ...file, name: 'copy' });
    const [counted] = await scene.db.selectFrom('storage_limits').select('used_bytes').execute();
    expect(counted?.used_bytes).toBe(8);
  });
});

function publishing({ db, by, project, services: { packages, storage } }: CollectionScene) {
  type Files = Parameters<typeof packages.publish>[1]['files'];
  const tool = { type: 'generic', name: 'tool', version: '1.0' };
  return {
    receive: (text: string) =>
      packages.receiving((receive) => receive(project, new Blob([text]).stream(), { maxBytes: 100 })),
    publish: (...files: Files) => packages.publish(project, { ...tool, onConflict: 'add_file', files }, by),
    publishNew: (...files: Files) => packages.publish(project, { ...tool, onConflict: 'reject_file', files }, by),
    packages: () => db.selectFrom('packages').select('name').execute(),
    limit: (bytes: number) => storage.setLimit({ kind: 'project', project }, bytes, by),
  };
}
