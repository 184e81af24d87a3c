import { expect, test } from 'bun:test';
import { type CollectionScene, collectionScene, fileOf } from '../../../../test/support/collection-scene.ts';
import { onEachEngine } from '../../../../test/support/engines.ts';
import { DAY, MINUTE } from '../../../lib/clock.ts';

onEachEngine('the sweep of manifests that nothing refers to', (engine) => {
  const inScene = (name: string, work: (scene: CollectionScene) => Promise<void>) =>
    test(name, async () => {
      await using scene = await collectionScene(engine);
      await work(scene);
    });

  const { signal } = new AbortController();
  const sweepAfter = async (scene: CollectionScene, days: number) => {
    // The clock of PostgreSQL differs by some milliseconds.
    scene.time.now += days * DAY + MINUTE;
    return (await scene.services.images.unreferenced.sweep(signal)).deleted;
  };
  /** The digests of the manifests that are left, by the names that a test gave them. */
  const leftOf = async (scene: CollectionScene, named: Record<string, string>) => {
    const rows = await scene.db.selectFrom('image_manifests').select('digest').execute();
    const left = new Set(rows.map(({ digest }) => digest));
    return Object.keys(named).filter((name) => left.has(named[name] ?? ''));
  };
  const imageOf = async ({ services, project }: CollectionScene) => {
    const [image] = (await services.images.repositories.list(project, { page: 1, perPage: 1 })).items;
    if (!image) throw new Error('the image is missing');
    return image;
  };

  inScene('deletes them after 30 days, with everything that only they keep, and frees the quota', async (scene) => {
    const { pushBlob, pushManifest, services, project } = scene;
    const push = async (text: string, more: Parameters<typeof pushManifest>[2] = {}) =>
      pushManifest('app', [await pushBlob('app', text)], more);
    const amd64 = await push('amd64');
    const multi = await pushManifest('app', [], { entries: [amd64], tag: 'multi' });
    const kept = {
      multi,
      amd64,
      signature: await push('signature', { subject: multi }),
      signatureOfPart: await push('signature of part', { subject: amd64 }),
      subjectOfTagged: await push('subject of a tagged manifest'),
    };
    await push('tagged', { subject: kept.subjectOfTagged, tag: 'attached' });
    const part = await push('old part');
    const old = await pushManifest('app', [], { entries: [part] });
    const attestation = await push('attestation', { subject: old });
    const lone = {
      old,
      part,
      attestation,
      signatureOfAttestation: await push('signature of attestation', { subject: attestation }),
      subjectMissing: await push('attached to nothing', { subject: `sha256:${'0'.repeat(64)}` }),
      moved: await push('moved', { tag: 'latest' }),
    };
    await push('newer', { tag: 'latest' });
    const { total } = await services.storage.use({ kind: 'project', project });

    expect(await sweepAfter(scene, 0)).toBe(0);
    expect(await sweepAfter(scene, 29)).toBe(0);
    expect(await leftOf(scene, lone)).toEqual(Object.keys(lone));
    expect(await sweepAfter(scene, 1)).toBe(6);
    expect(await leftOf(scene, { ...kept, ...lone })).toEqual(Object.keys(kept));
    const [event] = (await services.audit.list({ entityId: project.id, entityKind: 'Project' }, FIRST)).items;
    expect(event).toMatchObject({ action: 'container_repository_manifests_deleted', by: { kind: 'system' } });

    await scene.collect();
    expect(scene.files()).toContain(fileOf('images', 'signature of part'));
    for (const text of ['old part', 'attestation', 'moved'])
      expect(scene.files()).not.toContain(fileOf('images', text));
    expect((await services.storage.use({ kind: 'project', project })).total).toBeLessThan(total);
  });

  inScene('counts from the day on which the last reference went, and from a new push', async (scene) => {
    const { pushBlob, pushManifest } = scene;
    const config = await pushBlob('app', 'config');
    const pushed = await pushManifest('app', [config], { tag: 'latest' });
    expect(await sweepAfter(scene, 100)).toBe(0);
    await pushManifest('app', [], { tag: 'latest' });
    expect(await sweepAfter(scene, 0)).toBe(0);
    expect(await sweepAfter(scene, 29)).toBe(0);
    // A client pushes the manifest again, and its index later.
    await pushManifest('app', [config]);
    expect(await sweepAfter(scene, 10)).toBe(0);
    await pushManifest('app', [], { entries: [pushed], tag: 'index' });
    expect(await sweepAfter(scene, 100)).toBe(0);
    expect(await leftOf(scene, { pushed })).toEqual(['pushed']);
  });

  inScene('a project has other days, or none, and nothing is deleted while it is archived', async (scene) => {
    const { pushManifest, services, project, by } = scene;
    await pushManifest('app', []);
    const set = (untaggedDays: number | null) =>
      services.projects.update(project, { cleanupPolicy: { untaggedDays } }, by);
    await set(0);
    expect(await sweepAfter(scene, 0)).toBe(0);
    expect(await sweepAfter(scene, 400)).toBe(0);
    await services.projects.archive(project, true, by);
    await set(1);
    expect(await sweepAfter(scene, 1)).toBe(0);
    await services.projects.archive(project, false, by);
    expect(await sweepAfter(scene, 0)).toBe(1);
  });

  inScene('first records the entries of an index that the previous program pushed', async (scene) => {
    const { pushBlob, pushManifest, db } = scene;
    const part = await pushManifest('app', [await pushBlob('app', 'part')]);
    const multi = await pushManifest('app', [], { entries: [part], tag: 'multi' });
    await db.deleteFrom('image_manifest_entries').execute();
    const body = Buffer.from(JSON.stringify({ manifests: [{ digest: part }, { digest: `sha256:${'0'.repeat(64)}` }] }));
    await db.updateTable('image_manifests').set({ body }).where('digest', '=', multi).execute();
    expect(await sweepAfter(scene, 0)).toBe(0);
    expect(await sweepAfter(scene, 31)).toBe(0);
    expect(await leftOf(scene, { part, multi })).toEqual(['part', 'multi']);
  });

  inScene('a user deletes all of an image at once, of whatever age', async (scene) => {
    const { pushBlob, pushManifest, services, project, by } = scene;
    const part = await pushManifest('app', [await pushBlob('app', 'part')]);
    const index = await pushManifest('app', [], { entries: [part] });
    const tagged = await pushManifest('app', [await pushBlob('app', 'tagged')], { tag: 'v1' });
    const image = await imageOf(scene);
    const { unreferenced } = services.images;
    expect(await unreferenced.count(image)).toBe(1);
    expect(await unreferenced.destroy(project, image, by)).toBe(2);
    expect(await leftOf(scene, { part, index, tagged })).toEqual(['tagged']);
    expect(await unreferenced.destroy(project, image, by)).toBe(0);
  });
});

const FIRST = { page: 1, perPage: 1 };
