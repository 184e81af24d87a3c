import { expect, test } from 'bun:test';
import { onEachEngine } from '../../../test/support/engines.ts';
import { packageScene } from '../../../test/support/package-scene.ts';

onEachEngine('permissions of roles on npm packages', (engine) => {
  test('a developer publishes and sets tags, but neither deprecates nor removes a tag, at every level', async () => {
    await using scene = await packageScene(engine);
    const name = `@${scene.group.path}/tool`;
    const encoded = name.replace('/', '%2f');
    const { token } = await scene.app.seed.member(scene.group, 'developer');
    const { token: maintainer } = await scene.app.seed.member(scene.group, 'maintainer');
    const at = [`${scene.base}/npm`, `/api/v4/groups/${scene.group.id}/-/packages/npm`, '/api/v4/packages/npm'];
    const send = async (method: string, path: string, body: string | null, who = token) =>
      (await scene.app.fetch(path, { method, body, headers: { 'PRIVATE-TOKEN': who } })).status;
    for (const version of ['1.0.0', '1.1.0']) expect((await scene.publishNpm({ name, version })).status).toBe(200);

    const read = async () => (await scene.get(`npm/${encoded}`)).json() as Promise<Packument>;
    const whole = await read();
    const bad = { ...whole.versions['1.1.0'], deprecated: 'has a hole' };
    const body = JSON.stringify({ ...whole, versions: { ...whole.versions, '1.1.0': bad } });
    expect(await send('PUT', `${scene.base}/npm/${encoded}`, body)).toBe(403);
    expect(await read()).toEqual(whole);
    expect(await send('PUT', `${scene.base}/npm/${encoded}`, body, maintainer)).toBe(200);
    expect((await read()).versions['1.1.0']).toHaveProperty('deprecated', 'has a hole');

    for (const place of at) {
      const tag = `${place}/-/package/${encoded}/dist-tags/old`;
      expect([place, await send('PUT', tag, '"1.0.0"')]).toEqual([place, 204]);
      expect([place, await send('DELETE', tag, null)]).toEqual([place, 403]);
      expect((await read())['dist-tags']).toHaveProperty('old', '1.0.0');
      expect([place, await send('DELETE', tag, null, maintainer)]).toEqual([place, 204]);
      expect((await read())['dist-tags']).not.toHaveProperty('old');
    }
  });
});

interface Packument {
  'dist-tags': Record<string, string>;
  versions: Record<string, Record<string, unknown>>;
}
