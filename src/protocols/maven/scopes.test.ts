import { beforeAll, expect, test } from 'bun:test';
import type { TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { packageGroups } from '../../../test/support/package-groups.ts';

const NAME = 'root/middle/app';

onEachApp('Maven packages of a group, and by name alone', (started) => {
  let app: TestApp;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    app = await started;
    world = await createWorld(app);
  });

  const by = (token: { secret: string } | null): Record<string, string> =>
    token ? { 'Deploy-Token': token.secret } : {};
  const read = async (path: string, token: { secret: string } | null) => {
    const response = await app.fetch(`/api/v4${path}`, { headers: by(token) });
    return response.status === 200 ? response.text() : response.status;
  };
  const versions = async (path: string, token: { secret: string } | null) => {
    const text = await read(`${path}/maven-metadata.xml`, token);
    return typeof text === 'number'
      ? text
      : [...text.matchAll(/<version>(.*)<\/version>/g)].map(([, version]) => version);
  };
  const inGroup = () => `/groups/${world.root.id}/-/packages/maven`;

  test('A276 a group has the versions and files of all its projects', async () => {
    expect(await versions(`${inGroup()}/${NAME}`, world.fromRoot)).toEqual(['1.0', '1.1', '2.0', '3-SNAPSHOT']);
    expect(await read(`${inGroup()}/${NAME}/1.0/app-1.0.jar`, world.fromRoot)).toBe('1.0 in public');
    expect(await read(`${inGroup()}/${NAME}/2.0/app-2.0.jar`, world.fromRoot)).toBe('2.0 in secret');
    const byPath = `/groups/${encodeURIComponent(world.middle.full_path)}/-/packages/maven`;
    expect(await versions(`${byPath}/${NAME}`, world.fromRoot)).toHaveLength(4);
  });

  test('the digests of the metadata of a group match it', async () => {
    const path = `${inGroup()}/${NAME}/maven-metadata.xml`;
    const text = await read(path, world.fromRoot);
    const sum = await read(`${path}.sha1`, world.fromRoot);
    expect(sum).toBe(new Bun.CryptoHasher('sha1').update(String(text)).digest('hex'));
  });

  test('a version that several projects have comes from the one that got it last, with all its files', async () => {
    expect(await read(`${inGroup()}/${NAME}/1.1/app-1.1.jar`, world.fromRoot)).toBe('1.1 in secret');
    // The other project has one more file: files of two builds would not fit together.
    expect(await read(`${inGroup()}/${NAME}/1.1/app-1.1-sources.jar`, world.fromRoot)).toBe(404);
    expect(await read(`${inGroup()}/${NAME}/1.1/app-1.1-sources.jar`, null)).toBe('sources in public');
  });

  test('an actor gets only the packages of projects that it may see', async () => {
    expect(await versions(`${inGroup()}/${NAME}`, null)).toEqual(['1.0', '1.1', '3-SNAPSHOT']);
    expect(await read(`${inGroup()}/${NAME}/1.1/app-1.1.jar`, null)).toBe('1.1 in public');
    expect(await read(`${inGroup()}/${NAME}/2.0/app-2.0.jar`, null)).toBe(401);
    expect(await read(`${inGroup()}/root/hidden/1.0/hidden-1.0.jar`, null)).toBe(401);
    expect(await versions(`${inGroup()}/root/hidden`, null)).toBe(401);
    expect(await read(`${inGroup()}/${NAME}/2.0/app-2.0.jar`, world.ofShown)).toBe(404);
  });

  test('a private group asks anonymous clients to sign in, and is hidden from other users', async () => {
    const path = `/groups/${world.top.id}/-/packages/maven/${NAME}/maven-metadata.xml`;
    const response = await app.fetch(`/api/v4${path}`);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="GitLab Packages Registry"',
    ]);
    expect(await read(path, world.fromRoot)).toBe(404);
  });

  test('a project token in a private group resolves only the packages of its project from the group', async () => {
    const path = `/groups/${world.top.id}/-/packages/maven`;
    expect(await read(`${path}/inside/one/1.0/one-1.0.jar`, world.ofMine)).toBe('inside');
    expect(await versions(`${path}/inside/one`, world.ofMine)).toEqual(['1.0']);
    expect(await read(`${path}/inside/one/1.0/one-1.0.jar`, world.ofTheirs)).toBe(404);
    expect(await versions(`${path}/inside/one`, world.ofTheirs)).toBe(404);
  });

  test('snapshots of a group come from one project, its metadata and its files', async () => {
    const folder = `${inGroup()}/${NAME}/3-SNAPSHOT`;
    expect(await read(`${folder}/maven-metadata.xml`, world.fromRoot)).toContain('<buildNumber>1</buildNumber>');
    expect(await read(`${folder}/app-3-20250102.101010-1.jar`, world.fromRoot)).toBe('snapshot in secret');
    expect(await read(`${folder}/app-3-20250101.101010-7.jar`, world.fromRoot)).toBe(404);
    expect(await read(`${folder}/maven-metadata.xml`, null)).toContain('<buildNumber>7</buildNumber>');
  });

  test('by name alone: the project of that path, and no other that publishes under its name', async () => {
    const path = `/packages/maven/${world.named.full_path}`;
    expect(await versions(path, world.fromRoot)).toEqual(['1.0']);
    expect(await read(`${path}/1.0/tool-1.0.jar`, world.fromRoot)).toBe('named');
    expect(await read(`${path}/9.9/tool-9.9.jar`, world.ofForeign)).toBe(404);
    expect(await read(`${path}/9.9/tool-9.9.jar`, world.fromRoot)).toBe(404);
    expect(await read(`/packages/maven/org/apache/maven/plugins/maven-metadata.xml`, world.fromRoot)).toBe(404);
    expect(await read(path.concat('/1.0/tool-1.0.jar'), null)).toBe(401);
    expect(await read('/packages/maven/no/such/1.0/such-1.0.jar', null)).toBe(401);
    expect(await read(`${path}/1.0/tool-1.0.jar`, world.codeOfRoot)).toBe(403);
  });

  test('nothing is published to a group, or by name alone', async () => {
    for (const path of [inGroup(), '/packages/maven']) {
      const init = { method: 'PUT', headers: by(world.fromRoot), body: 'x' };
      expect((await app.fetch(`/api/v4${path}/${NAME}/5.0/app-5.0.jar`, init)).status).toBe(405);
    }
  });
});

async function createWorld(app: TestApp) {
  const groups = await packageGroups(app);
  const { shown, secret, mine, foreign, fromRoot, ofMine, ofForeign } = groups;
  const named = await app.seed.project(groups.middle, { path: 'tool' });
  const publish = (project: { id: number }, file: string, content: string, token = fromRoot) =>
    groups.publish(project, token, ['PUT', `maven/${file}`], content);
  await publish(mine, 'inside/one/1.0/one-1.0.jar', 'inside', ofMine);
  await publish(shown, `${NAME}/1.0/app-1.0.jar`, '1.0 in public');
  await publish(shown, `${NAME}/1.1/app-1.1.jar`, '1.1 in public');
  await publish(secret, `${NAME}/1.1/app-1.1.jar`, '1.1 in secret');
  await publish(secret, `${NAME}/2.0/app-2.0.jar`, '2.0 in secret');
  await publish(shown, `${NAME}/1.1/app-1.1-sources.jar`, 'sources in public');
  await publish(shown, `${NAME}/3-SNAPSHOT/app-3-20250101.101010-7.jar`, 'snapshot in public');
  await publish(secret, `${NAME}/3-SNAPSHOT/app-3-20250102.101010-1.jar`, 'snapshot in secret');
  await publish(secret, 'root/hidden/1.0/hidden-1.0.jar', 'hidden');
  await publish(named, `${named.full_path}/1.0/tool-1.0.jar`, 'named');
  await publish(foreign, `${named.full_path}/9.9/tool-9.9.jar`, 'foreign', ofForeign);
  return { ...groups, named };
}
