import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { npmTarball, publication, tarball } from '../../../test/support/npm-tarball.ts';
import { packageScene } from '../../../test/support/package-scene.ts';

onEachEngine('the stored metadata of an npm publication', (engine) => {
  test('has the name of its package and the digests of its file, whatever the client sent', async () => {
    await using scene = await packageScene(engine);
    const manifest = { name: 'tool', version: '1.0.0' };
    const bytes = await npmTarball(manifest);
    const good = publication(manifest, bytes);
    const send = (change: object) => {
      const versions = { '1.0.0': { ...good.versions['1.0.0'], ...change } };
      return scene.send('PUT', 'npm/tool', JSON.stringify({ ...good, versions }));
    };
    const refused = await send({ name: 'other' });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('must be equal')]);
    expect(await scene.count()).toBe(0);

    const sha1 = new Bun.CryptoHasher('sha1').update(bytes).digest('hex');
    const sha512 = new Bun.CryptoHasher('sha512').update(bytes).digest('base64');
    const weak = { integrity: `sha1-${Buffer.from('f'.repeat(40), 'hex').toString('base64')}` };
    const dist = { ...weak, shasum: sha1.toUpperCase(), tarball: 'http://elsewhere.test/tool.tgz', fileCount: 9 };
    expect((await send({ dist })).status).toBe(200);
    const packument = (await (await scene.get('npm/tool')).json()) as { versions: Record<string, { dist: object }> };
    expect(packument.versions['1.0.0']?.dist).toEqual({
      integrity: `sha512-${sha512}`,
      shasum: sha1,
      fileCount: 2,
      unpackedSize: 33,
      tarball: `http://postern.test${scene.base}/npm/tool/-/tool-1.0.0.tgz`,
    });
  });

  test('has the sizes of the files in its archive and the name of its publisher, whatever the client sent', async () => {
    await using scene = await packageScene(engine);
    const manifest = { name: 'sized', version: '1.0.0', _npmUser: { name: 'somebody-else' } };
    const bytes = await tarball([
      { name: 'package', type: 'directory' },
      { name: 'package/package.json', content: JSON.stringify(manifest) },
      { name: 'package/index.js', content: 'x'.repeat(1000) },
    ]);
    const sent = publication(manifest, bytes);
    Object.assign(sent.versions['1.0.0']?.dist ?? {}, { fileCount: 99, unpackedSize: 1 });
    expect((await scene.send('PUT', 'npm/sized', JSON.stringify(sent))).status).toBe(200);
    const unpackedSize = JSON.stringify(manifest).length + 1000;
    for (const Accept of ['application/json', 'application/vnd.npm.install-v1+json']) {
      const packument = await (await scene.get('npm/sized', { Accept })).json();
      expect(packument).toMatchObject({ versions: { '1.0.0': { dist: { fileCount: 2, unpackedSize } } } });
    }
    const publisher = { username: scene.token.username };
    const found = await (await scene.get('npm/-/v1/search?text=sized')).json();
    expect(found).toMatchObject({ objects: [{ package: { name: 'sized', publisher } }] });
  });

  test('must have something to change: npm star prints success after any answer that is no error', async () => {
    await using scene = await packageScene(engine);
    await scene.publishNpm({ name: 'starred', version: '1.0.0' });
    for (const [document, words] of [
      [{ users: { me: true } }, 'no stars'],
      [{}, 'neither a file nor versions'],
    ] as const) {
      const answer = await scene.send('PUT', 'npm/starred', JSON.stringify({ _id: 'starred', ...document }));
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(words)]);
    }
  });

  test('must have a tarball of the same package and version', async () => {
    await using scene = await packageScene(engine);
    const send = async (inside: { name: string; version: string }, version: string) => {
      const document = publication({ name: 'held', version }, await npmTarball(inside));
      const answer = await scene.send('PUT', 'npm/held', JSON.stringify(document));
      return [answer.status, await answer.text()];
    };
    for (const [name, version] of [
      ['held', '1.0.1'],
      ['held', '1.0.0-rc.1'],
      ['held', '11.0.0'],
      ['other', '1.0.0'],
      ['held@1.0.0', ''],
    ] as const)
      expect(await send({ name, version }, '1.0.0')).toEqual([
        422,
        expect.stringContaining(`the archive holds ${name}@${version}, not held@1.0.0`),
      ]);
    expect(await scene.count()).toBe(0);
    // As npm normalizes it, and without fields that are not part of a version.
    expect((await send({ name: 'held', version: 'v1.0.0' }, '1.0.0'))[0]).toBe(200);
    expect((await send({ name: 'held', version: '1.0.1+build.7' }, '1.0.1'))[0]).toBe(200);
  });

  test('may hold a version that its client has cleaned', async () => {
    await using scene = await packageScene(engine);
    const send = async (inside: string, version: string) => {
      const bytes = await npmTarball({ name: 'loose', version: inside });
      return (await scene.publishNpm({ name: 'loose', version }, bytes)).status;
    };
    for (const [inside, version] of [
      ['1.2.3beta', '1.2.3-beta'],
      ['01.0.2', '1.0.2'],
      [' =v2.0.0+build ', '2.0.0'],
      ['3.0.0-RC.1+b.2', '3.0.0-RC.1'],
    ] as const)
      expect([inside, await send(inside, version)]).toEqual([inside, 200]);
    for (const inside of ['1.2.4beta', '4.0', 'x', ''])
      expect([inside, await send(inside, '4.0.0')]).toEqual([inside, 422]);
  });

  test('has a version without build metadata, and a second one that differs only in that is refused', async () => {
    await using scene = await packageScene(engine);
    const publish = async (version: string) => {
      const answer = await scene.publishNpm({ name: 'built', version });
      return [answer.status, await answer.text()];
    };
    expect((await publish('1.0.0+a.1'))[0]).toBe(200);
    for (const version of ['1.0.0+b.2', '1.0.0', '1.0.0+a.1'])
      expect(await publish(version)).toEqual([403, expect.stringContaining('already exists')]);
    const packument = (await (await scene.get('npm/built')).json()) as {
      'dist-tags': object;
      versions: Record<string, { version: string; dist: { tarball: string } }>;
    };
    expect(packument['dist-tags']).toEqual({ latest: '1.0.0' });
    expect(Object.keys(packument.versions)).toEqual(['1.0.0']);
    expect(packument.versions['1.0.0']?.version).toBe('1.0.0');
    const tarball = new URL(packument.versions['1.0.0']?.dist.tarball ?? '').pathname.slice(scene.base.length + 1);
    expect((await scene.get(tarball)).status).toBe(200);
    expect((await scene.get('npm/built/1.0.0+a.1')).status).toBe(200);
    const tags = 'npm/-/package/built/dist-tags';
    expect((await scene.send('PUT', `${tags}/next`, '"1.0.0+b.2"')).status).toBe(204);
    expect(await (await scene.get(tags)).json()).toEqual({ latest: '1.0.0', next: '1.0.0' });
  });

  test('is refused for a version that an older release stored with build metadata, which stays readable', async () => {
    await using scene = await packageScene(engine);
    const { db } = scene.app;
    await scene.publishNpm({ name: 'aged', version: '1.0.0' });
    await db.updateTable('package_versions').set({ version: '1.0.0+a.1' }).execute();
    await db.updateTable('package_files').set({ name: 'aged-1.0.0+a.1.tgz' }).execute();
    expect((await scene.publishNpm({ name: 'aged', version: '1.0.0' })).status).toBe(403);
    expect((await scene.publishNpm({ name: 'aged', version: '1.0.0+b.2' })).status).toBe(403);
    expect((await scene.get('npm/aged/-/aged-1.0.0+a.1.tgz')).status).toBe(200);
    expect((await scene.publishNpm({ name: 'aged', version: '1.0.1' })).status).toBe(200);
  });

  test('may name its attachment in any way that ends in .tgz, and must have exactly one', async () => {
    await using scene = await packageScene(engine);
    const manifest = { name: 'attached', version: '1.0.0+a.1' };
    const bytes = await npmTarball(manifest);
    const good = publication(manifest, bytes);
    const send = async (document: object) => {
      const answer = await scene.send('PUT', 'npm/attached', JSON.stringify(document));
      return [answer.status, await answer.text()];
    };
    const { 'attached-1.0.0+a.1.tgz': data } = good._attachments;
    for (const _attachments of [{ 'attached-1.0.0.tar': data }, { 'a.tgz': data, 'b.tgz': data }])
      expect(await send({ ...good, _attachments })).toEqual([
        400,
        expect.stringContaining('attached-1.0.0.tgz is expected'),
      ]);
    expect((await send({ ...good, _attachments: { 'other.tgz': data } }))[0]).toBe(200);
    expect((await scene.get('npm/attached/-/attached-1.0.0.tgz')).status).toBe(200);
  });

  test('may have its README in the document, and that of a pre-release does not replace that of the latest version', async () => {
    await using scene = await packageScene(engine);
    const publish = async (version: string, tag: string, readmes: { inVersion?: string; inDocument?: string }) => {
      const manifest = { name: 'read', version };
      const { inVersion, inDocument } = readmes;
      const sent = publication({ ...manifest, readme: inVersion }, await npmTarball(manifest), { tag });
      const answer = await scene.send('PUT', 'npm/read', JSON.stringify({ ...sent, readme: inDocument }));
      expect(answer.status).toBe(200);
    };
    const readme = async () => ((await (await scene.get('npm/read')).json()) as { readme: string }).readme;
    await publish('1.0.0-rc.1', 'next', { inDocument: 'of a candidate' });
    expect(await readme()).toBe('of a candidate');
    await publish('1.0.0', 'latest', { inDocument: 'of yarn 4' });
    expect(await readme()).toBe('of yarn 4');
    await publish('2.0.0-rc.1', 'next', { inVersion: 'of another candidate' });
    expect(await readme()).toBe('of yarn 4');
    await publish('1.0.1', 'latest', { inVersion: 'of the version', inDocument: 'of the document' });
    expect(await readme()).toBe('of the version');
    await publish('1.0.2', 'latest', {});
    expect(await readme()).toBe('');
  });
});
