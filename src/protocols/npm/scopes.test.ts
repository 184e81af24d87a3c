import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { npmTarball, publication } from '../../../test/support/npm-tarball.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { packageGroups } from '../../../test/support/package-groups.ts';

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

  test('A276 a group token reads at the endpoint of a middle, and the files from their projects', async () => {
    const { shown, secret, middle, fromRoot } = world;
    const path = `/groups/${middle.id}/-/packages/npm/@root%2flib`;
    expect(await versions(path, bearer(fromRoot))).toEqual([
      ['1.0.0', shown.id],
      ['2.0.0', secret.id],
    ]);
    const byPath = `/groups/${encodeURIComponent(middle.full_path)}/-/packages/npm/@root/lib`;
    expect(await versions(byPath, bearer(fromRoot))).toHaveLength(2);
  });

  test('of one version in two projects the one that was published last is served', async () => {
    const path = `/groups/${world.root.id}/-/packages/npm/@root%2ftwice`;
    expect(await versions(path, bearer(world.fromRoot))).toEqual([['1.0.0', world.secret.id]]);
  });

  test('whoever sees less of the group gets less: never a hidden project', async () => {
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

  test('by name alone: the scope is the namespace at the top, and nothing else is looked into', async () => {
    const { shown, secret, fromRoot, ofSecret } = world;
    const path = '/packages/npm/@root%2flib';
    expect(await versions(path, bearer(fromRoot))).toEqual([
      ['1.0.0', shown.id],
      ['2.0.0', secret.id],
    ]);
    expect(await versions(path)).toEqual([['1.0.0', shown.id]]);
    expect(await versions('/packages/npm/@root%2fhidden', bearer(ofSecret))).toEqual([['1.0.0', secret.id]]);
    // Somebody else's project has a package of this name as well; it is not theirs to give.
    expect(await versions('/packages/npm/@root%2ffake')).toBe(401);
    expect(await versions('/packages/npm/@root%2ffake', bearer(fromRoot))).toBe(404);
    expect(await versions('/packages/npm/unscoped', bearer(fromRoot))).toBe(404);
    expect(await versions('/packages/npm/@root%2fhidden')).toBe(401);
    expect(await versions(path, bearer(world.codeOfRoot))).toBe(403);
  });

  test('tags are set through a group or by name where the project allows it', async () => {
    const tag = (at: string, name: string, token: { secret: string }) =>
      app.fetch(`/api/v4${at}/-/package/@root%2fhidden/dist-tags/${name}`, {
        method: 'PUT',
        headers: bearer(token),
        body: '"1.0.0"',
      });
    const group = `/groups/${world.root.id}/-/packages/npm`;
    expect((await tag(group, 'a', world.fromRoot)).status).toBe(204);
    expect((await tag('/packages/npm', 'b', world.ofSecret)).status).toBe(204);
    expect((await tag('/packages/npm', 'c', world.readerOfRoot)).status).toBe(403);
    expect((await tag(group, 'c', world.readerOfRoot)).status).toBe(403);
    const { ofSecret } = world;
    const tags = await get('/packages/npm/-/package/@root%2fhidden/dist-tags', bearer(ofSecret));
    expect(await tags.json()).toEqual({ latest: '1.0.0', a: '1.0.0', b: '1.0.0' });
  });
});

async function createWorld(app: TestApp) {
  const world = await packageGroups(app);
  const { shown, secret, foreign, fromRoot, ofForeign } = world;
  for (const [project, name, version, token] of [
    [shown, '@root/lib', '1.0.0', fromRoot],
    [secret, '@root/lib', '2.0.0', fromRoot],
    [shown, '@root/twice', '1.0.0', fromRoot],
    [secret, '@root/twice', '1.0.0', fromRoot],
    [secret, '@root/hidden', '1.0.0', fromRoot],
    [foreign, '@root/fake', '1.0.0', ofForeign],
    [foreign, 'unscoped', '1.0.0', ofForeign],
  ] as const) {
    const body = JSON.stringify(publication({ name, version }, await npmTarball({ name, version })));
    await world.publish(project, token, ['PUT', `npm/${name.replace('/', '%2f')}`], body);
  }
  return world;
}
