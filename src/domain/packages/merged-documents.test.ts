import { expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { startApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { packageTypeOf } from '../../../test/support/package-type-of.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { documentReply } from '../../http/replies/document-reply.ts';
import type { Package } from './address.ts';
import { wholeOf } from './document-store.ts';
import type { DocumentMakers } from './package-behaviour.ts';

/** Random text does not compress. It has a third more characters than bytes. */
const noise = (bytes: number) => randomBytes(bytes).toString('base64');

onEachEngine('documents of several packages', (engine) => {
  test('are made once for concurrent readers, again after a change, and not for a client that has them', async () => {
    await using scene = await twoPackages(engine);
    expect(await Promise.all([1, 2, 3].map(() => scene.read('list')))).toEqual(Array(3).fill('1 1'));
    expect([await scene.read('list'), scene.makes()]).toEqual(['1 1', 1]);
    const { etag } = await scene.document('list');
    const replyTo = async (tag: string) => {
      const request = new Request('http://postern.test/', { headers: { 'If-None-Match': `W/"${tag}"` } });
      const reply = await documentReply({ request, track: (body) => body }, await scene.document('list'), 'text/plain');
      return [reply.status, await reply.text()];
    };
    await scene.change(1);
    expect(await replyTo((await scene.document('list')).etag)).toEqual([304, '']);
    expect(scene.makes()).toBe(1);
    expect(await replyTo(etag)).toEqual([200, '1 2']);
    expect([await scene.read('list'), scene.makes()]).toEqual(['1 2', 2]);
    expect(await scene.read('other')).toBe('of another kind');
    scene.setBaseUrl('http://elsewhere.test');
    expect(await scene.read('list')).toBe('1 2');
    expect(scene.makes()).toBe(4);
  });

  test('get another entity tag when a revision repeats after a restored backup', async () => {
    await using scene = await twoPackages(engine);
    await scene.change(1, { at: 1 });
    const { etag } = await scene.document('list');
    await scene.change(1, { at: 2 });
    expect((await scene.document('list')).etag).not.toBe(etag);
  });

  test('are cached, least recently used out first, and a large one is not', async () => {
    const texts = { large: noise(5_000_000), ...Object.fromEntries([1, 2, 3, 4, 5].map((i) => [i, noise(3_500_000)])) };
    await using scene = await twoPackages(engine, texts);
    expect([await scene.read('large'), await scene.read('large')]).toEqual([texts.large, texts.large]);
    // Only the first read finds out that it is too large.
    expect(scene.makes()).toBe(3);
    for (const kind of [1, 2, 3, 4, 1, 5, 1]) expect(await scene.read(`${kind}`)).toBe(scene.texts[`${kind}`] ?? '');
    expect(scene.makes()).toBe(8);
    await scene.read('2');
    expect(scene.makes()).toBe(9);
  }, 180_000);

  test('are made again after a failure', async () => {
    await using scene = await twoPackages(engine);
    expect(await thrown(scene.read('missing'))).toThrow('no document of the kind missing');
    scene.texts['missing'] = 'found';
    expect(await scene.read('missing')).toBe('found');
  });
});

/** Two packages of one name, and their documents: `list` contains their revisions. */
async function twoPackages(engine: 'sqlite' | 'postgres', texts: Record<string, string> = {}) {
  let makes = 0;
  const make: DocumentMakers['package'] = (all) => {
    makes += 1;
    return { list: all.map((each) => each.package.revision).join(' '), other: 'of another kind', ...texts };
  };
  const types = [packageTypeOf({ type: 'twice', documents: { package: make } })];
  const app = await startApp(engine, {}, { types });
  const { packages } = app.services;
  const row = { type: 'twice', name: 'one', name_key: 'one', revision: 1, created_at: 0, updated_at: 0 };
  for (let i = 0; i < 2; i++) {
    const project = await app.seed.project(await app.seed.group());
    await app.db
      .insertInto('packages')
      .values({ ...row, project_id: project.id })
      .execute();
  }
  const found = async () => (await app.db.selectFrom('packages').selectAll().orderBy('id').execute()) as Found;
  const document = async (kind: string) => packages.documents.read(await found(), kind);
  return {
    texts,
    document,
    makes: () => makes,
    setBaseUrl: app.app.setBaseUrl,
    read: async (kind: string) =>
      Buffer.from(Bun.gunzipSync(new Uint8Array(await wholeOf(await document(kind))))).toString(),
    /** Sets the revision of one of them to 2. */
    change: async (index: number, { at = 0 } = {}) => {
      const id = (await found())[index]?.id ?? 0;
      await app.db.updateTable('packages').set({ revision: 2, updated_at: at }).where('id', '=', id).execute();
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

type Found = [Package, ...Package[]];
