import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { packageGroups } from '../../../test/support/package-groups.ts';
import { uploadForm, wheel } from '../../../test/support/wheel.ts';
import { defined } from '../../lib/defined.ts';

onEachApp('Python packages of a group', (started) => {
  let app: TestApp;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    app = await started;
    world = await createWorld(app);
  });

  const get = (path: string, token: { secret: string } | null) =>
    app.fetch(path.startsWith('http') ? path : `/api/v4${path}`, {
      headers: {
        Accept: 'application/vnd.pypi.simple.v1+json',
        ...defined({ 'Deploy-Token': token ? token.secret : undefined }),
      },
    });
  const index = (group: { id: number }, name = '') => `/groups/${group.id}/-/packages/pypi/simple/${name}`;
  const files = async (path: string, token: { secret: string } | null) => {
    const response = await get(path, token);
    return response.status === 200 ? ((await response.json()) as Index).files : response.status;
  };
  const versions = async (path: string, token: { secret: string } | null) => {
    const found = await files(path, token);
    return typeof found === 'number' ? found : found.map(({ filename }) => filename.split('-')[1]).sort();
  };
  const names = async (group: { id: number }, token: { secret: string } | null) => {
    const { projects } = (await (await get(index(group), token)).json()) as { projects: { name: string }[] };
    return projects.map(({ name }) => name).sort();
  };

  test('A276 a group token reads two levels below: all versions of all projects, and the files of each', async () => {
    const { root, middle, readerOfRoot } = world;
    for (const group of [root, middle]) {
      expect(await versions(index(group, 'lib/'), readerOfRoot)).toEqual(['1.0', '2.0']);
      for (const { url, hashes } of (await files(index(group, 'lib/'), readerOfRoot)) as Index['files']) {
        const bytes = new Uint8Array(await (await get(url, readerOfRoot)).arrayBuffer());
        expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(hashes['sha256'] ?? '');
      }
    }
    const byPath = `/groups/${encodeURIComponent(middle.full_path)}/-/packages/pypi/simple/LIB`;
    expect(await versions(byPath, readerOfRoot)).toEqual(['1.0', '2.0']);
    expect(await names(root, readerOfRoot)).toEqual(['hidden', 'lib']);
  });

  test('an actor gets only the packages and files of projects that it may see', async () => {
    const { root, readerOfRoot, ofShown } = world;
    for (const token of [null, ofShown]) {
      expect(await versions(index(root, 'lib/'), token)).toEqual(['1.0']);
      expect(await versions(index(root, 'hidden/'), token)).toBe(404);
      expect(await names(root, token)).toEqual(['lib']);
    }
    const [file] = (await files(index(root, 'hidden/'), readerOfRoot)) as Index['files'];
    expect((await get(file?.url ?? '', ofShown)).status).toBe(404);
    expect((await get(file?.url ?? '', null)).status).toBe(401);
  });

  test('a token of a project in a private group finds the packages of its project there, and no others', async () => {
    const { top, inner, ofMine, ofTheirs, codeOfMine, readerOfRoot } = world;
    for (const group of [top, inner]) {
      expect(await versions(index(group, 'mine/'), ofMine)).toEqual(['1.0']);
      expect(await versions(index(group, 'theirs/'), ofMine)).toBe(404);
      expect(await names(group, ofMine)).toEqual(['mine']);
      expect(await names(group, ofTheirs)).toEqual(['theirs']);
      expect(await versions(index(group, 'mine/'), codeOfMine)).toBe(404);
      expect(await versions(index(group, 'mine/'), readerOfRoot)).toBe(404);
      expect(await versions(index(group, 'mine/'), null)).toBe(401);
    }
    // It finds nothing in other groups.
    for (const group of [world.belowInner, world.root]) expect(await versions(index(group, 'mine/'), ofMine)).toBe(404);
    expect((await get(index(world.belowInner), ofMine)).status).toBe(404);
  });

  test('a project token still works after its project has left the group', async () => {
    const { top, inner, ofMine, mine } = world;
    await app.db.updateTable('projects').set({ namespace_id: top.id }).where('id', '=', mine.id).execute();
    expect(await versions(index(inner, 'mine/'), ofMine)).toBe(404);
    expect(await versions(index(top, 'mine/'), ofMine)).toEqual(['1.0']);
    await app.db.updateTable('projects').set({ namespace_id: inner.id }).where('id', '=', mine.id).execute();
  });

  test('when two projects have one file, the last published one is listed, and versions are listed once', async () => {
    const { root, shown, secret, fromRoot, readerOfRoot } = world;
    const made = { first: wheel('both', '1.0', { says: 'first' }), last: wheel('both', '1.0', { says: 'last' }) };
    await world.publish(secret, fromRoot, ['POST', 'pypi'], uploadForm('both', '1.0', made.first));
    await world.publish(shown, fromRoot, ['POST', 'pypi'], uploadForm('both', '1.0', made.last));
    await world.publish(
      secret,
      fromRoot,
      ['POST', 'pypi'],
      uploadForm('Both', '1.0.0', { ...made.first, file: 'both-1.0.0-1-py3-none-any.whl' }),
    );
    const answer = await get(index(root, 'both/'), readerOfRoot);
    const { versions: listed, files: all } = (await answer.json()) as Index & { versions: string[] };
    expect(listed).toEqual(['1.0']);
    expect(all.map(({ filename, url }) => `${/projects\/(\d+)/.exec(url)?.[1]} ${filename}`).sort()).toEqual(
      [`${shown.id} ${made.last.file}`, `${secret.id} both-1.0.0-1-py3-none-any.whl`].sort(),
    );
    const etag = answer.headers.get('etag') ?? '';
    const again = {
      Accept: 'application/vnd.pypi.simple.v1+json',
      'Deploy-Token': readerOfRoot.secret,
      'If-None-Match': etag,
    };
    expect((await app.fetch(`/api/v4${index(root, 'both/')}`, { headers: again })).status).toBe(304);
  });

  test('nothing is published to a group', async () => {
    const path = `/api/v4/groups/${world.root.id}/-/packages/pypi`;
    const init = { method: 'POST', headers: { 'Deploy-Token': world.fromRoot.secret } };
    expect((await app.fetch(path, { ...init, body: uploadForm('lib', '9.0', wheel('lib', '9.0')) })).status).toBe(404);
  });
});

interface Index {
  files: { filename: string; url: string; hashes: Record<string, string> }[];
}

async function createWorld(app: TestApp) {
  const world = await packageGroups(app);
  const { shown, secret, mine, theirs, fromRoot, ofMine, ofTheirs } = world;
  for (const [project, name, version, token] of [
    [shown, 'lib', '1.0', fromRoot],
    [secret, 'lib', '2.0', fromRoot],
    [secret, 'hidden', '1.0', fromRoot],
    [mine, 'mine', '1.0', ofMine],
    [theirs, 'theirs', '1.0', ofTheirs],
  ] as const)
    await world.publish(project, token, ['POST', 'pypi'], uploadForm(name, version, wheel(name, version)));
  return { ...world, belowInner: await app.seed.group(world.inner) };
}
