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
});
