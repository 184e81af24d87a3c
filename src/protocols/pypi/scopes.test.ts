import { afterAll, beforeAll, expect, test } from 'bun:test';
import { startApp, type TestApp } from '../../../test/support/app.ts';
import { onEachEngine } from '../../../test/support/engines.ts';
import { uploadForm, wheel } from '../../../test/support/wheel.ts';

const WRITE = ['write_package_registry'];
const READ = ['read_package_registry'];

onEachEngine('Python packages of a group', (engine) => {
  let app: TestApp;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    app = await startApp(engine);
    world = await createWorld(app);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const get = (path: string, token: { secret: string } | null) =>
    app.fetch(path.startsWith('http') ? path : `/api/v4${path}`, {
      headers: {
        Accept: 'application/vnd.pypi.simple.v1+json',
        ...(token ? { 'Deploy-Token': token.secret } : {}),
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
    const { root, middle, fromRoot } = world;
    for (const group of [root, middle]) {
      expect(await versions(index(group, 'lib/'), fromRoot)).toEqual(['1.0', '2.0']);
      for (const { url, hashes } of (await files(index(group, 'lib/'), fromRoot)) as Index['files']) {
        const bytes = new Uint8Array(await (await get(url, fromRoot)).arrayBuffer());
        expect(new Bun.CryptoHasher('sha256').update(bytes).digest('hex')).toBe(hashes['sha256'] ?? '');
      }
    }
    const byPath = `/groups/${encodeURIComponent(middle.full_path)}/-/packages/pypi/simple/LIB`;
    expect(await versions(byPath, fromRoot)).toEqual(['1.0', '2.0']);
    expect(await names(root, fromRoot)).toEqual(['hidden', 'lib']);
  });

  test('whoever sees less of the group gets less: never a hidden project, nor its files', async () => {
    const { root, fromRoot, ofShown } = world;
    for (const token of [null, ofShown]) {
      expect(await versions(index(root, 'lib/'), token)).toEqual(['1.0']);
      expect(await versions(index(root, 'hidden/'), token)).toBe(404);
      expect(await names(root, token)).toEqual(['lib']);
    }
    const [file] = (await files(index(root, 'hidden/'), fromRoot)) as Index['files'];
    expect((await get(file?.url ?? '', ofShown)).status).toBe(404);
    expect((await get(file?.url ?? '', null)).status).toBe(401);
  });

  test('a token of a project in a private group finds the packages of its project there, and no others', async () => {
    const { closed, ofClosed, besideClosed, codeOfClosed, fromRoot } = world;
    for (const group of closed) {
      expect(await versions(index(group, 'mine/'), ofClosed)).toEqual(['1.0']);
      expect(await versions(index(group, 'theirs/'), ofClosed)).toBe(404);
      expect(await names(group, ofClosed)).toEqual(['mine']);
      expect(await names(group, besideClosed)).toEqual(['theirs']);
      expect(await versions(index(group, 'mine/'), codeOfClosed)).toBe(404);
      expect(await versions(index(group, 'mine/'), fromRoot)).toBe(404);
      expect(await versions(index(group, 'mine/'), null)).toBe(401);
    }
    // Below and beside it there is nothing for it.
    for (const group of [world.belowClosed, world.root])
      expect(await versions(index(group, 'mine/'), ofClosed)).toBe(404);
    expect((await get(index(world.belowClosed), ofClosed)).status).toBe(404);
  });

  test('a project that moves out of the group takes its token along', async () => {
    const { closed, ofClosed, mine } = world;
    const [top, inner] = closed;
    await app.db.updateTable('projects').set({ namespace_id: top.id }).where('id', '=', mine.id).execute();
    expect(await versions(index(inner, 'mine/'), ofClosed)).toBe(404);
    expect(await versions(index(top, 'mine/'), ofClosed)).toEqual(['1.0']);
    await app.db.updateTable('projects').set({ namespace_id: inner.id }).where('id', '=', mine.id).execute();
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
  const { seed } = app;
  const open = { visibility: 'public' } as const;
  const root = await seed.group(null, open);
  const middle = await seed.group(root, open);
  const below = await seed.group(middle, open);
  const [shown, secret] = [await seed.project(below, open), await seed.project(below)];
  const top = await seed.group();
  const inner = await seed.group(top);
  const [mine, theirs] = [await seed.project(inner), await seed.project(inner)];
  const publish = async (project: Parameters<typeof seed.deployToken>[0], name: string, version: string) => {
    const { secret } = await seed.deployToken(project, { scopes: WRITE });
    const body = uploadForm(name, version, wheel(name, version));
    const init = { method: 'POST', headers: { 'Deploy-Token': secret }, body };
    const response = await app.fetch(`/api/v4/projects/${project.id}/packages/pypi`, init);
    if (!response.ok) throw new Error(await response.text());
  };
  await publish(shown, 'lib', '1.0');
  await publish(secret, 'lib', '2.0');
  await publish(secret, 'hidden', '1.0');
  await publish(mine, 'mine', '1.0');
  await publish(theirs, 'theirs', '1.0');
  return {
    ...{ root, middle, mine, closed: [top, inner] as const, belowClosed: await seed.group(inner) },
    fromRoot: await seed.deployToken(root, { scopes: READ }),
    ofShown: await seed.deployToken(shown, { scopes: WRITE }),
    ofClosed: await seed.deployToken(mine, { scopes: READ }),
    besideClosed: await seed.deployToken(theirs, { scopes: WRITE }),
    codeOfClosed: await seed.deployToken(mine, { scopes: ['read_repository'] }),
  };
}
