import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { packageScene } from '../../../test/support/package-scene.ts';

onEachEngine('unpublishing npm packages', (engine) => {
  const begin = async () => {
    const scene = await packageScene(engine);
    const publish = async (version: string, tag: string, said: Record<string, string> = {}) => {
      const manifest = { name: 'tagged', version };
      const body = publication({ ...manifest, ...said }, await npmTarball(manifest), { tag });
      expect((await scene.send('PUT', 'npm/tagged', JSON.stringify(body))).status).toBe(200);
    };
    const tags = async () => (await scene.get('npm/-/package/tagged/dist-tags')).json();
    await publish('1.0.0', 'latest');
    await publish('2.0.0', 'latest');
    return { scene, publish, tags, [Symbol.asyncDispose]: () => scene[Symbol.asyncDispose]() };
  };

  test('a tag is deleted with its version, and does not return with a later version of the same number', async () => {
    await using begun = await begin();
    const { scene, publish, tags } = begun;
    const { token } = await scene.app.seed.member(scene.project, 'maintainer');
    const api = (method: string, path = '') =>
      scene.app.fetch(`${scene.base}${path}`, { method, headers: { 'PRIVATE-TOKEN': token } });
    const idOf = async (path: string) => ((await (await api('GET', path)).json()) as { id: number }[])[0]?.id;
    const ways = [
      async () => api('DELETE', `/${await idOf('?package_version=2.0.0')}`),
      async () => {
        const files = `/${await idOf('?package_version=2.0.0')}/package_files`;
        return api('DELETE', `${files}/${await idOf(files)}`);
      },
      async () => scene.send('DELETE', 'npm/tagged/-/tagged-2.0.0.tgz/-rev/1-1'),
    ];
    for (const unpublish of ways) {
      expect((await scene.send('PUT', 'npm/-/package/tagged/dist-tags/bad', '"2.0.0"')).status).toBe(204);
      expect(await tags()).toEqual({ latest: '2.0.0', bad: '2.0.0' });
      expect((await unpublish()).ok).toBe(true);
      expect(await tags()).toEqual({ latest: '1.0.0' });
      await publish('2.0.0', 'latest');
      expect(await tags()).toEqual({ latest: '2.0.0' });
    }
  });

  test('`latest` is then the version that npm sends, and stays when a version is published under another tag', async () => {
    await using begun = await begin();
    const { scene, publish, tags } = begun;
    await publish('1.1.0', 'old');
    const all = (await (await scene.get('npm/tagged')).json()) as Packument;
    const { '2.0.0': _, ...versions } = all.versions;
    const body = { ...all, versions, 'dist-tags': { latest: '1.0.0', old: '1.0.0', new: '1.0.0' } };
    expect((await scene.send('PUT', `npm/tagged/-rev/${all._rev}`, JSON.stringify(body))).status).toBe(200);
    expect(await tags()).toEqual({ latest: '1.0.0', old: '1.1.0' });
    await publish('2.0.0', 'beta');
    expect(await tags()).toEqual({ latest: '1.0.0', old: '1.1.0', beta: '2.0.0' });
    const events = await scene.app.db.selectFrom('audit_events').selectAll().execute();
    expect(events.filter(({ action }) => action === 'package_registry_package_tag_set')).toHaveLength(1);
  });

  test('a tag cannot point to a version that does not exist: it would point to any later version of that number', async () => {
    await using begun = await begin();
    const { scene, publish, tags } = begun;
    await publish('3.0.0', 'next');
    const all = (await (await scene.get('npm/tagged')).json()) as Packument;
    const { '3.0.0': _, ...versions } = all.versions;
    const body = { ...all, versions, 'dist-tags': { latest: '2.0.0', next: '9.0.0' } };
    expect((await scene.send('PUT', `npm/tagged/-rev/${all._rev}`, JSON.stringify(body))).status).toBe(200);
    expect(await tags()).toEqual({ latest: '2.0.0' });
    await publish('9.0.0', 'untested');
    expect(await tags()).toEqual({ latest: '2.0.0', untested: '9.0.0' });
  });

  test('a README is deleted with the version that it was published with, and with no other', async () => {
    await using begun = await begin();
    const { scene, publish } = begun;
    const readme = async () => ((await (await scene.get('npm/tagged')).json()) as Packument).readme;
    const unpublish = async (version: string) =>
      expect((await scene.send('DELETE', `npm/tagged/-/tagged-${version}.tgz/-rev/1-1`)).status).toBe(200);
    await publish('2.1.0', 'latest', { readme: 'a password' });
    await publish('2.2.0', 'latest', { readme: '' });
    await unpublish('2.2.0');
    expect(await readme()).toBe('a password');
    await unpublish('2.1.0');
    expect(await readme()).toBe('');
    await publish('2.3.0', 'latest', { readme: 'words' });
    await unpublish('2.0.0');
    expect(await readme()).toBe('words');
  });
});

interface Packument {
  readme: string;
  _rev: string;
  versions: Record<string, unknown>;
}
