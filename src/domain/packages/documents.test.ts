import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { collectionScene } from '../../../test/support/collection-scene.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { packageTypeOf } from '../../../test/support/package-type-of.ts';
import { wholeOf } from './document-store.ts';

/** Random text does not compress: this is larger than a row may be. */
const LARGE = randomBytes(5_000_000).toString('base64');

onEachEngine('large documents of packages', (engine) => {
  test('are blobs, which the collector keeps while they are current and deletes when they are replaced', async () => {
    let text = LARGE;
    let makes = 0;
    const make = async () => {
      makes += 1;
      return { large: text, small: 'small' };
    };
    const types = [packageTypeOf({ type: 'large', documents: { package: make } })];
    await using scene = await collectionScene(engine, { types });
    const { packages } = scene.services;
    const one = { type: 'large', name: 'one' };
    await scene.publish('one', 'a file', 'large');
    await packages.documents.settled();
    makes = 1;
    const read = async (kind: string) => {
      const whole = await wholeOf(await packages.documents.read([await packages.find(scene.project, one)], kind));
      return Buffer.from(Bun.gunzipSync(new Uint8Array(whole))).toString();
    };
    expect([await read('large'), await read('small'), await read('large')]).toEqual([LARGE, 'small', LARGE]);
    expect(makes).toBe(1);
    const rows = () =>
      scene.db
        .selectFrom('package_documents')
        .select(['kind', 'body', 'blob_sha256', 'blob_size'])
        .orderBy('kind')
        .execute();
    const [large, small] = await rows();
    expect([large?.body.byteLength, Number(large?.blob_size) > 4_000_000, small?.blob_sha256]).toEqual([0, true, null]);
    expect(scene.files()).toHaveLength(2);

    scene.grow();
    expect((await scene.collect()).files.count).toBe(0);
    expect(await read('large')).toBe(LARGE);
    expect(makes).toBe(1);

    text = `${LARGE}more`;
    await scene.db.updateTable('packages').set({ revision: 2 }).execute();
    expect(await read('large')).toBe(text);
    scene.grow();
    expect((await scene.collect()).files).toEqual({ count: 1, bytes: Number(large?.blob_size) });
    expect(await read('large')).toBe(text);
    expect(makes).toBe(2);

    // A document whose blob is lost is made again.
    const [again] = await rows();
    const name = again?.blob_sha256 ?? '';
    rmSync(join(scene.folder, 'blobs/sha256', name.slice(0, 2), name));
    expect([await read('large'), makes]).toEqual([text, 3]);
  }, 180_000);
});

onEachEngine('documents of a package that changes during a rebuild', (engine) => {
  test('are up to date for a reader that comes after the change', async () => {
    const begun = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    async function* list(revision: number) {
      begun.resolve();
      await mayEnd.promise;
      yield `as of ${revision}`;
    }
    const type = packageTypeOf({
      type: 'slow',
      documents: { package: async ([{ package: found }]) => ({ list: list(found.revision) }) },
    });
    await using scene = await collectionScene(engine, { types: [type] });
    const { packages } = scene.services;
    await scene.publish('one', 'a file', 'slow');
    const read = async () =>
      packages.documents.read([await packages.find(scene.project, { type: 'slow', name: 'one' })], 'list');
    const textOf = async (document: Awaited<ReturnType<typeof read>>) =>
      Buffer.from(Bun.gunzipSync(new Uint8Array(await wholeOf(document)))).toString();
    const before = read();
    await begun.promise;
    await scene.publish('one', 'another', 'slow');
    const after = read();
    // The second reader finds the first rebuild running.
    await Bun.sleep(100);
    mayEnd.resolve();
    expect(await textOf(await before)).toBe('as of 1');
    expect(await textOf(await after)).toBe('as of 2');
  });
});
