/**
 * The attack: a JSON document of a publisher that does something to the server that reads it. Keys like `__proto__`
 * change what every object has; integers beyond what a double holds come out as others than went in, or as sizes nobody
 * checked.
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';

onEachEngine('hostile documents', (engine) => {
  test('`__proto__` and `constructor` are names and keys like others, and reach no prototype', async () => {
    await using scene = await packageScene(engine);
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const manifest = { name, version: '1.0.0' };
      const text = JSON.stringify(publication({ ...manifest, x: 1 }, await npmTarball(manifest)));
      const keys = '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}';
      expect([name, (await scene.send('PUT', `npm/${name}`, text.replace('"x":1', keys))).status]).toEqual([name, 200]);
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      const back = await (await scene.get(`npm/${name}`)).text();
      expect(back).toContain('"__proto__":{"polluted":true}');
      expect(Object.keys((JSON.parse(back) as { versions: object }).versions)).toEqual(['1.0.0']);
    }
    // As a version or a tag they are neither.
    const versions = JSON.stringify(publication({ name: 'p', version: '1.0.0' }, new Uint8Array())).replace(
      '"versions":{"1.0.0"',
      '"versions":{"__proto__"',
    );
    expect((await scene.send('PUT', 'npm/p', versions)).status).toBe(400);
    for (const tag of ['__proto__', 'constructor']) {
      expect((await scene.send('PUT', `npm/-/package/toString/dist-tags/${tag}`, '"1.0.0"')).status).toBe(204);
      expect((await scene.send('PUT', `npm/-/package/toString/dist-tags/x`, `"${tag}"`)).status).toBe(400);
    }
    const tags = JSON.parse(await (await scene.get('npm/-/package/toString/dist-tags')).text()) as object;
    expect(Object.entries(tags).sort()).toEqual([
      ['__proto__', '1.0.0'],
      ['constructor', '1.0.0'],
      ['latest', '1.0.0'],
    ]);
  });

  test('huge numbers are refused where they count, and harm nothing where they do not', async () => {
    await using scene = await packageScene(engine);
    const manifest = { name: 'huge', version: '1.0.0' };
    const bytes = await npmTarball(manifest);
    const text = JSON.stringify(publication({ ...manifest, x: 1 }, bytes));
    for (const size of ['1e308', '9007199254740993', '-1', '0.5', `1${'0'.repeat(400)}`]) {
      const said = text.replace(`"length":${bytes.length}`, `"length":${size}`);
      expect([size, (await scene.send('PUT', 'npm/huge', said)).status]).toEqual([size, 400]);
    }
    const big = { name: 'huge', version: '9007199254740993.0.0' };
    expect((await scene.publishNpm(big)).status).toBe(400);
    expect(await scene.count()).toBe(0);

    const odd = `"x":[9007199254740993,1e999,-0,1${'0'.repeat(400)}]`;
    const published = await scene.send('PUT', 'npm/huge', text.replace('"x":1', odd));
    expect(published.status).toBe(200);
    const back = (await (await scene.get('npm/huge')).json()) as { versions: Record<string, { dist: object }> };
    expect(back.versions['1.0.0']?.dist).toMatchObject({
      shasum: new Bun.CryptoHasher('sha1').update(bytes).digest('hex'),
    });
  });
});
