import { describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { type CollectionScene, collectionScene, fileOf } from '../../../test/support/collection-scene.ts';
import { CONFIRM } from '../../../test/support/confirmed.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { sha512 } from '../../../test/support/registry.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { BY_SYSTEM } from '../access/confirm.ts';

const NONE = { count: 0, bytes: 0 };

onEachEngine('the garbage collector', (engine) => {
  const inScene = (name: string, work: (scene: CollectionScene) => Promise<void>) =>
    test(name, async () => {
      await using scene = await collectionScene(engine);
      await work(scene);
    });

  describe('keeps', () => {
    inScene('blobs of manifests, tagged or not, and manifests that refer to another one', async (scene) => {
      const layer = await scene.pushBlob('app', 'layer');
      const config = await scene.pushBlob('app', 'config');
      await scene.pushManifest('app', [layer, config], { tag: 'latest' });
      const untagged = await scene.pushManifest('app', [config]);
      const signature = await scene.pushBlob('app', 'signature');
      const referrer = await scene.pushManifest('app', [signature], { subject: untagged });
      scene.grow();
      const { images } = await scene.collect();
      expect(images).toEqual(NONE);
      expect(scene.files()).toEqual(['config', 'layer', 'signature'].map((text) => fileOf('images', text)).toSorted());
      for (const reference of ['latest', untagged, referrer])
        await scene.services.images.manifests.get(scene.address('app'), reference);
    });

    inScene('blobs that are entries of an index', async (scene) => {
      const cache = await scene.pushBlob('app', 'a cache of BuildKit');
      await scene.pushManifest('app', [], { entries: [cache] });
      scene.grow();
      expect((await scene.collect()).images).toEqual(NONE);
    });

    inScene('files of packages and LFS objects', async (scene) => {
      await scene.publish('one', 'a file');
      await scene.storeObject('an object');
      scene.grow();
      expect((await scene.collect()).files).toEqual(NONE);
      expect(scene.files()).toEqual([fileOf('blobs', 'a file'), fileOf('blobs', 'an object')].toSorted());
    });

    inScene('blobs and uploads that are younger than the grace period', async (scene) => {
      await scene.pushBlob('app', 'a layer whose manifest is on its way');
      await scene.services.packages.receiving((receive) => receive(scene.project, lines('a file'), { maxBytes: 100 }));
      await scene.begin('app');
      writeFileSync(scene.path('blobs/tmp', crypto.randomUUID()), 'a spool');
      const before = scene.files();
      expect(before).toHaveLength(4);
      await scene.collect();
      expect(scene.files()).toEqual(before);
    });

    inScene('a blob that was requested, mounted or pushed again within the grace period', async (scene) => {
      const layers = ['asked for', 'mounted', 'pushed again'];
      for (const text of layers) await scene.pushBlob('app', text);
      scene.grow();
      const [asked, mounted] = layers.map((text) => digestOf(text));
      if (!asked || !mounted) throw new Error('two digests');
      await scene.services.images.blobs.get(scene.address('app'), asked);
      await scene.services.images.blobs.mount(scene.address('app'), scene.address('other'), mounted, CONFIRM);
      await scene.pushBlob('app', 'pushed again');
      await scene.collect();
      await scene.pushManifest('app', [asked.text, digestOf('pushed again').text]);
      await scene.pushManifest('other', [mounted.text]);
      expect(scene.files()).toHaveLength(3);
    });

    inScene('bytes that an image has under another digest', async (scene) => {
      const text = 'the same under two names';
      await scene.pushBlob('app', text, sha512(text));
      scene.grow();
      await scene.pushManifest('app', [await scene.pushBlob('app', text)]);
      await scene.collect();
      expect(scene.files()).toEqual([fileOf('images', text)]);
      expect(await scene.db.selectFrom('image_contents').select('digest').execute()).toEqual([
        { digest: digestOf(text).text },
      ]);
    });
  });

  describe('removes', () => {
    inScene('blobs that no manifest needs, with their rows', async (scene) => {
      const layer = await scene.pushBlob('app', 'layer');
      const manifest = await scene.pushManifest('app', [layer], { tag: 'latest' });
      scene.grow();
      await scene.services.images.manifests.remove(scene.address('app'), manifest, BY_SYSTEM);
      expect((await scene.collect()).images).toEqual({ count: 1, bytes: 5 });
      expect(scene.files()).toEqual([]);
      expect(await scene.db.selectFrom('image_blobs').selectAll().execute()).toEqual([]);
      expect(await scene.db.selectFrom('image_contents').selectAll().execute()).toEqual([]);
      await scene.pushManifest('app', [await scene.pushBlob('app', 'layer')]);
    });

    inScene('blobs of a deleted project and of a deleted version', async (scene) => {
      await scene.pushManifest('app', [await scene.pushBlob('app', 'layer')]);
      await scene.publish('one', 'a file');
      await scene.storeObject('an object');
      await scene.services.projects.destroy(scene.project, BY_SYSTEM);
      scene.grow();
      const { images, files } = await scene.collect();
      expect(images).toEqual({ count: 1, bytes: 5 });
      expect(files).toEqual({ count: 2, bytes: 15 });
      expect(scene.files()).toEqual([]);
      expect(await scene.db.selectFrom('lfs_objects').selectAll().execute()).toEqual([]);
    });

    inScene('files of a refused publication, but not bytes that a package has', async (scene) => {
      const { packages } = scene.services;
      await scene.publish('one', 'a file');
      await scene.publish('two', 'its own file');
      for (const text of ['a file', 'another file']) {
        const stored = await packages.receiving((receive) => receive(scene.project, lines(text), { maxBytes: 100 }));
        const files = [{ name: 'file', stored }];
        const again = { type: 'generic', name: 'two', version: '1.0.0', onConflict: 'reject_file', files } as const;
        expect(await thrown(packages.publish(scene.project, again, scene.by))).toThrow('Duplicate');
      }
      expect(scene.files()).toHaveLength(3);
      scene.grow();
      expect((await scene.collect()).files).toEqual({ count: 1, bytes: 'another file'.length });
      expect(scene.files().sort()).toEqual([fileOf('blobs', 'a file'), fileOf('blobs', 'its own file')].sort());
    });

    inScene('abandoned uploads, files without a row, and temporary files', async (scene) => {
      await scene.begin('app');
      await scene.services.packages.receiving((receive) =>
        receive(scene.project, lines('never published'), { maxBytes: 100 }),
      );
      writeFileSync(scene.path('images/tmp', crypto.randomUUID()), 'a spool');
      scene.grow();
      const { uploads, files, leftovers } = await scene.collect();
      expect({ uploads, files, leftovers }).toEqual({
        uploads: { count: 1, bytes: 0 },
        files: { count: 1, bytes: 15 },
        leftovers: { count: 1, bytes: 7 },
      });
      expect(scene.files()).toEqual([]);
    });

    inScene('rows whose bytes are gone', async (scene) => {
      const layer = digestOf(await scene.pushBlob('app', 'layer').then(() => 'layer'));
      await scene.storeObject('an object');
      await scene.services.projects.destroy(scene.project, BY_SYSTEM);
      for (const file of scene.files()) await Bun.file(scene.path(file)).delete();
      await scene.collect();
      expect(layer.text).toStartWith('sha256:');
      expect(await scene.db.selectFrom('image_contents').selectAll().execute()).toEqual([]);
      expect(await scene.db.selectFrom('lfs_objects').selectAll().execute()).toEqual([]);
    });

    inScene('more blobs than one batch has', async (scene) => {
      const texts = Array.from({ length: 1100 }, (_, i) => `file ${i}`);
      for (const text of texts)
        await scene.services.packages.receiving((receive) => receive(scene.project, lines(text), { maxBytes: 100 }));
      await scene.publish('one', 'file 7');
      scene.grow();
      const { files, looked } = await scene.collect();
      expect([files.count, looked]).toEqual([1099, 1100]);
      expect(scene.files()).toEqual([fileOf('blobs', 'file 7')]);
    });
  });

  inScene('a dry run counts the blobs that a run deletes, and deletes nothing', async (scene) => {
    await scene.pushBlob('app', 'unneeded');
    await scene.pushManifest('app', [await scene.pushBlob('app', 'needed')]);
    await scene.services.packages.receiving((receive) =>
      receive(scene.project, lines('never published'), { maxBytes: 100 }),
    );
    await scene.begin('app');
    scene.grow();
    const before = scene.files();
    const { dryRun, at, ms, ...dry } = await scene.services.collection.dryRun();
    expect(scene.files()).toEqual(before);
    expect(dry.images).toEqual({ count: 1, bytes: 8 });
    const { dryRun: _, at: __, ms: ___, ...wet } = await scene.collect();
    expect(wet).toEqual(dry);
    expect(scene.files()).toEqual([fileOf('images', 'needed')]);
  });

  inScene('of two runs at once one collects, and the other returns null', async (scene) => {
    // On a busy machine one may be through before the other begins.
    for (let tries = 0, met = false; !met; tries++) {
      const both = await Promise.all([scene.services.collection.run(), scene.services.collection.run()]);
      const idle = both.filter((collected) => collected === null).length;
      expect([0, 1]).toContain(idle);
      met = idle === 1;
      expect(tries).toBeLessThan(20);
    }
    expect(await scene.services.collection.run()).not.toBeNull();
  });

  inScene('ends between two steps when its signal is aborted', async (scene) => {
    await scene.services.packages.receiving((receive) =>
      receive(scene.project, lines('never published'), { maxBytes: 100 }),
    );
    scene.grow();
    expect(await thrown(scene.collect({ signal: AbortSignal.abort() }))).toThrow('abort');
    expect(scene.files()).toHaveLength(1);
  });

  inScene('the last run is in the metrics', async (scene) => {
    await scene.services.packages.receiving((receive) =>
      receive(scene.project, lines('never published'), { maxBytes: 100 }),
    );
    scene.grow();
    await scene.collect();
    const metrics = await (await scene.fetch('/-/metrics', { headers: {} })).text();
    expect(metrics).toContain('postern_collection_last_run_freed_bytes 15');
    expect(metrics).toContain(`postern_collection_last_run_timestamp_seconds ${scene.time.now / 1000}`);
  });
});

const lines = async function* (text: string) {
  yield Buffer.from(text);
};

const digestOf = (text: string) => {
  const hex = new Bun.CryptoHasher('sha256').update(text).digest('hex');
  return { algorithm: 'sha256' as const, hex, text: `sha256:${hex}` };
};
