import { beforeAll, describe, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { packageGroups } from '../../../test/support/package-groups.ts';
import { defined } from '../../lib/defined.ts';

onEachApp('npm packages of a group, and by name alone', (started) => {
  let app: TestApp;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    app = await started;
    world = await createWorld(app);
  });

  const bearer = ({ secret }: { secret: string }) => ({ Authorization: `Bearer ${secret}` });
  const get = (path: string, headers: Record<string, string> = {}) => app.fetch(`/api/v4${path}`, { headers });
  const versions = async (path: string, headers: Record<string, string> = {}) => {
    const response = await get(path, headers);
    if (response.status !== 200) return response.status;
    const { versions: found } = (await response.json()) as { versions: Record<string, { dist: { tarball: string } }> };
    return Object.entries(found).map(([version, { dist }]) => [
      version,
      Number(/projects\/(\d+)/.exec(dist.tarball)?.[1]),
    ]);
  };

  test('A276 a group token reads from the endpoint of a subgroup, and the files from their projects', async () => {
    const { shown, secret, middle, fromRoot } = world;
    const path = `/groups/${middle.id}/-/packages/npm/@root%2flib`;
    expect(await versions(path, bearer(fromRoot))).toEqual([
      ['1.0.0', shown.id],
      ['2.0.0', secret.id],
    ]);
    const byPath = `/groups/${encodeURIComponent(middle.full_path)}/-/packages/npm/@root/lib`;
    expect(await versions(byPath, bearer(fromRoot))).toHaveLength(2);
  });

  test('one version is read by its number', async () => {
    for (const path of [`/groups/${world.root.id}/-/packages/npm/@root%2flib/2.0.0`, '/packages/npm/@root/lib/2.0.0']) {
      const alone = await get(path, bearer(world.fromRoot));
      expect([path, alone.status, await alone.json()]).toMatchObject([path, 200, { _id: '@root/lib@2.0.0' }]);
      expect([401, 404]).toContain((await get(path)).status);
    }
  });

  test('a trailing slash in a URL is ignored', async () => {
    for (const path of [`/groups/${world.root.id}/-/packages/npm/@root%2flib/`, '/packages/npm/@root%2flib/'])
      expect([path, (await get(path, bearer(world.fromRoot))).status]).toEqual([path, 200]);
  });

  test('when two projects have one version, the last published one is served', async () => {
    const path = `/groups/${world.root.id}/-/packages/npm/@root%2ftwice`;
    expect(await versions(path, bearer(world.fromRoot))).toEqual([['1.0.0', world.secret.id]]);
  });

  test('an actor gets only the packages of projects that it may see', async () => {
    const path = `/groups/${world.root.id}/-/packages/npm/@root%2flib`;
    expect(await versions(path)).toEqual([['1.0.0', world.shown.id]]);
    const stranger = await app.seed.user();
    expect(await versions(path, { 'PRIVATE-TOKEN': stranger.token })).toEqual([['1.0.0', world.shown.id]]);
    expect(await versions(`/groups/${world.root.id}/-/packages/npm/@root%2fhidden`)).toBe(404);
    const search = await get(`/groups/${world.root.id}/-/packages/npm/-/v1/search?text=`);
    const found = (await search.json()) as { objects: { package: { name: string } }[] };
    expect(found.objects.map(({ package: { name } }) => name)).toEqual(['@root/lib', '@root/twice']);
    const tags = await get(`/groups/${world.root.id}/-/packages/npm/-/package/@root%2flib/dist-tags`);
    expect(await tags.json()).toEqual({ latest: '1.0.0' });
  });

  test('by name alone: only the namespace of the scope is searched', async () => {
    const { shown, secret, fromRoot, ofSecret } = world;
    const path = '/packages/npm/@root%2flib';
    expect(await versions(path, bearer(fromRoot))).toEqual([
      ['1.0.0', shown.id],
      ['2.0.0', secret.id],
    ]);
    expect(await versions(path)).toEqual([['1.0.0', shown.id]]);
    expect(await versions('/packages/npm/@root%2fhidden', bearer(ofSecret))).toEqual([['1.0.0', secret.id]]);
    // A project outside the namespace has a package of this name: it must not be served.
    expect(await versions('/packages/npm/@root%2ffake')).toBe(401);
    expect(await versions('/packages/npm/@root%2ffake', bearer(fromRoot))).toBe(404);
    expect(await versions('/packages/npm/unscoped', bearer(fromRoot))).toBe(404);
    expect(await versions('/packages/npm/@root%2fhidden')).toBe(401);
    expect(await versions(path, bearer(world.codeOfRoot))).toBe(403);
  });

  describe('tags through a group, or by name alone,', () => {
    const group = '/groups/root/-/packages/npm';
    const byName = '/packages/npm';
    const ask = async (
      method: 'PUT' | 'DELETE',
      at: string,
      path: string,
      token: { secret: string },
      body?: string,
    ) => {
      const init = {
        method,
        headers: bearer(token),
        ...defined({ body: body === undefined ? undefined : `"${body}"` }),
      };
      const response = await app.fetch(`/api/v4${at}/-/package/@root%2f${path}`, init);
      return response.status;
    };
    const set = (at: string, name: string, tag: string, version: string, token: { secret: string }) => {
      app.time.now += 1000;
      return ask('PUT', at, `${name}/dist-tags/${tag}`, token, version);
    };
    const remove = (at: string, name: string, tag: string, token: { secret: string }) =>
      ask('DELETE', at, `${name}/dist-tags/${tag}`, token);
    const tags = async (at: string, name: string, token: { secret: string } = world.fromRoot) => {
      const path = `${at}/-/package/@root%2f${name}/dist-tags`;
      const listed = (await (await get(path, bearer(token))).json()) as Record<string, string>;
      const whole = await (await get(`${at}/@root%2f${name}`, bearer(token))).json();
      expect((whole as { 'dist-tags': object })['dist-tags']).toEqual(listed);
      return listed;
    };
    const inProject = ({ id }: { id: number }) => `/projects/${id}/packages/npm`;

    test('are set where the actor may write to the project', async () => {
      const { fromRoot, ofSecret, readerOfRoot, codeOfRoot, ofForeign } = world;
      expect(await set(group, 'hidden', 'a', '1.0.0', fromRoot)).toBe(204);
      expect(await set(byName, 'hidden', 'b', '1.0.0', ofSecret)).toBe(204);
      expect(await set(byName, 'hidden', 'c', '1.0.0', readerOfRoot)).toBe(403);
      expect(await set(group, 'hidden', 'c', '1.0.0', readerOfRoot)).toBe(403);
      expect(await set(group, 'lib', 'c', '1.0.0', codeOfRoot)).toBe(403);
      expect(await set(group, 'lib', 'c', '1.0.0', ofForeign)).toBe(404);
      expect(await set(group, 'hidden', 'c', '9.9.9', fromRoot)).toBe(404);
      expect(await tags(byName, 'hidden', ofSecret)).toEqual({ latest: '1.0.0', a: '1.0.0', b: '1.0.0' });
    });

    test('are set in the project that has the version, not in the last changed one', async () => {
      const { shown, secret, fromRoot } = world;
      expect(await set(group, 'lib', 'old', '1.0.0', fromRoot)).toBe(204);
      expect(await set(group, 'lib', 'new', '2.0.0', fromRoot)).toBe(204);
      expect(await set(byName, 'lib', 'older', '1.0.0', fromRoot)).toBe(204);
      expect(await tags(inProject(shown), 'lib')).toEqual({ latest: '1.0.0', old: '1.0.0', older: '1.0.0' });
      expect(await tags(inProject(secret), 'lib')).toEqual({ latest: '2.0.0', new: '2.0.0' });
      expect(await tags(group, 'lib')).toEqual({ latest: '2.0.0', old: '1.0.0', older: '1.0.0', new: '2.0.0' });
      // Where two projects have the version, the one that got it last.
      expect(await set(group, 'twice', 'which', '1.0.0', fromRoot)).toBe(204);
      expect(await tags(inProject(shown), 'twice')).toEqual({ latest: '1.0.0' });
      expect(await tags(inProject(secret), 'twice')).toEqual({ latest: '1.0.0', which: '1.0.0' });
    });

    test('have the value that was set last, and are removed from every project', async () => {
      const { shown, secret, fromRoot } = world;
      expect(await set(group, 'lib', 'latest', '1.0.0', fromRoot)).toBe(204);
      expect(await tags(group, 'lib')).toMatchObject({ latest: '1.0.0' });
      // Other changes do not bring the other one back; a publication does.
      expect(await set(inProject(secret), 'lib', 'moved', '2.0.0', fromRoot)).toBe(204);
      expect(await tags(group, 'lib')).toMatchObject({ latest: '1.0.0', moved: '2.0.0' });
      expect(await set(inProject(shown), 'lib', 'moved', '1.0.0', fromRoot)).toBe(204);
      expect(await tags(group, 'lib')).toMatchObject({ moved: '1.0.0' });
      const manifest = { name: '@root/lib', version: '2.1.0' };
      const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
      await world.publish(secret, fromRoot, ['PUT', 'npm/@root%2flib'], body);
      expect(await tags(group, 'lib')).toMatchObject({ latest: '2.1.0', moved: '1.0.0' });
      expect(await remove(group, 'lib', 'moved', world.readerOfRoot)).toBe(403);
      expect(await remove(group, 'lib', 'moved', fromRoot)).toBe(204);
      expect(await remove(group, 'lib', 'moved', fromRoot)).toBe(404);
      for (const at of [group, byName, inProject(shown), inProject(secret)])
        expect(await tags(at, 'lib')).not.toHaveProperty('moved');
    });

    test('are set by a project token in its project only', async () => {
      const { shown, secret, mine, ofShown, ofMine, ofTheirs, top, inner } = world;
      expect(await set(group, 'lib', 'mine', '1.0.0', ofShown)).toBe(204);
      expect(await tags(inProject(shown), 'lib', ofShown)).toMatchObject({ mine: '1.0.0' });
      // The version of the other project does not exist for this token.
      expect(await set(group, 'lib', 'mine', '2.0.0', ofShown)).toBe(404);
      expect(await tags(inProject(secret), 'lib')).not.toHaveProperty('mine');
      expect(await remove(group, 'lib', 'mine', ofShown)).toBe(204);
      // Of two projects that have the version, the one that the token may write to.
      expect(await set(group, 'twice', 'mine', '1.0.0', ofShown)).toBe(204);
      expect(await tags(inProject(shown), 'twice', ofShown)).toMatchObject({ mine: '1.0.0' });
      for (const at of [top, inner]) {
        const path = `/groups/${at.id}/-/packages/npm`;
        expect(await set(path, 'own', 'next', '1.0.0', ofMine)).toBe(204);
        expect(await set(path, 'own', 'next', '1.0.0', ofTheirs)).toBe(404);
      }
      expect(await tags(inProject(mine), 'own', ofMine)).toEqual({ latest: '1.0.0', next: '1.0.0' });
    });
  });
});

async function createWorld(app: TestApp) {
  const world = await packageGroups(app);
  const { shown, secret, foreign, mine, fromRoot, ofForeign, ofMine } = world;
  for (const [project, name, version, token] of [
    [shown, '@root/lib', '1.0.0', fromRoot],
    [secret, '@root/lib', '2.0.0', fromRoot],
    [shown, '@root/twice', '1.0.0', fromRoot],
    [secret, '@root/twice', '1.0.0', fromRoot],
    [secret, '@root/hidden', '1.0.0', fromRoot],
    [foreign, '@root/fake', '1.0.0', ofForeign],
    [foreign, 'unscoped', '1.0.0', ofForeign],
    [mine, '@root/own', '1.0.0', ofMine],
  ] as const) {
    const body = JSON.stringify(publication({ name, version }, await npmTarball({ name, version })));
    await world.publish(project, token, ['PUT', `npm/${name.replace('/', '%2f')}`], body);
  }
  return world;
}
