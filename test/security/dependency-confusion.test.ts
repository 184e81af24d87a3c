/**
 * The attack: a build takes the attacker's package for one of its own: a name of theirs published elsewhere with a
 * higher version, a name that is missing here and is there on the public internet, or a published version exchanged for
 * another. (CVE-2026-1747 GitLab: protected packages overwritten; test/security/protected-packages.test.ts.)
 */
import { expect, test } from 'bun:test';
import { sha256Hex } from '../../src/lib/digest.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

onEachEngine('dependency confusion', (engine) => {
  test('a name that is missing is 404, never a redirect to a public registry', async () => {
    await using scene = await packageScene(engine);
    const group = `/api/v4/groups/${scene.group.id}/-/packages`;
    const reader = await scene.app.seed.deployToken(scene.group, { scopes: ['read_package_registry'] });
    const headers = { 'Deploy-Token': reader.secret };
    const paths = ['npm/left-pad', 'pypi/simple/requests/', 'maven/junit/junit/maven-metadata.xml'];
    for (const path of paths.flatMap((path) => [`${scene.base}/${path}`, `${group}/${path}`])) {
      const answer = await scene.app.fetch(path, { headers });
      expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 404, null]);
    }
  });

  test("a stranger's package of the same name and a higher version is in nobody else's index", async () => {
    await using scene = await packageScene(engine);
    const { seed } = scene.app;
    const elsewhere = await seed.project(await seed.group(null, { visibility: 'public' }), { visibility: 'public' });
    const theirs = {
      'Deploy-Token': (await seed.deployToken(elsewhere, { scopes: ['write_package_registry'] })).secret,
    };
    const there = `/api/v4/projects/${elsewhere.id}/packages`;
    const name = `@${scene.group.path}/core`;
    const bad = { name, version: '99.0.0' };
    const body = JSON.stringify(publication(bad, await npmTarball(bad)));
    const put = (path: string, content: string) =>
      scene.app.fetch(`${there}/${path}`, { method: 'PUT', headers: theirs, body: content });
    expect((await scene.publishNpm({ name, version: '1.0.0' })).status).toBe(200);
    expect((await put(`npm/${name.replace('/', '%2f')}`, body)).status).toBe(200);
    const form = (version: string) => uploadForm('core', version, wheel('core', version));
    expect((await scene.send('POST', 'pypi', form('1.0'))).status).toBe(201);
    const init = { method: 'POST', headers: theirs, body: form('99.0') };
    expect((await scene.app.fetch(`${there}/pypi`, init)).status).toBe(201);
    expect((await scene.send('PUT', 'maven/com/core/1.0/core-1.0.jar', 'x')).ok).toBe(true);
    expect((await put('maven/com/core/99.0/core-99.0.jar', 'x')).ok).toBe(true);

    const group = `/api/v4/groups/${scene.group.id}/-/packages`;
    const encoded = name.replace('/', '%2f');
    for (const path of [
      `${scene.base}/npm/${encoded}`,
      `${group}/npm/${encoded}`,
      `/api/v4/packages/npm/${encoded}`,
      `${scene.base}/pypi/simple/core/`,
      `${group}/pypi/simple/core/`,
      `${scene.base}/maven/com/core/maven-metadata.xml`,
      `${group}/maven/com/core/maven-metadata.xml`,
    ]) {
      const answer = await scene.app.fetch(path, { headers: { 'Deploy-Token': scene.token.secret } });
      const text = await answer.text();
      expect([path, answer.status, text.includes('1.0'), text.includes('99.0')]).toEqual([path, 200, true, false]);
    }

    // Nor are their files, which anyone may read where they are, also of a version that they published after ours.
    expect((await put('maven/com/core/1.0/core-1.0.jar', 'theirs')).ok).toBe(true);
    const { file, bytes } = wheel('core', '99.0');
    const read = async (place: string, path: string) => {
      const answer = await scene.app.fetch(`${place}/${path}`, { headers: { 'Deploy-Token': scene.token.secret } });
      return answer.ok ? answer.text() : answer.status;
    };
    for (const path of ['maven/com/core/99.0/core-99.0.jar', `pypi/files/${sha256Hex(bytes)}/${file}`]) {
      expect([path, typeof (await read(there, path))]).toEqual([path, 'string']);
      expect([path, await read(group, path)]).toEqual([path, 404]);
    }
    expect(await read(group, 'maven/com/core/1.0/core-1.0.jar')).toBe('x');
  });

  test('a published version is not replaced, not even after a failed attempt', async () => {
    await using scene = await packageScene(engine);
    const manifest = { name: 'core', version: '1.0.0' };
    expect((await scene.publishNpm(manifest)).status).toBe(200);
    const form = (says: string) => uploadForm('core', '1.0', wheel('core', '1.0', { says }));
    expect((await scene.send('POST', 'pypi', form('good'))).status).toBe(201);
    expect((await scene.send('PUT', 'maven/com/core/1.0/core-1.0.jar', 'good')).ok).toBe(true);
    const all = async () =>
      Promise.all(
        ['npm/core', 'npm/core/-/core-1.0.0.tgz', 'pypi/simple/core/', 'maven/com/core/1.0/core-1.0.jar'].map(
          async (path) => (await scene.get(path)).text(),
        ),
      );
    const before = await all();
    expect((await scene.publishNpm(manifest, await npmTarball(manifest, 'evil'))).status).toBe(403);
    expect((await scene.send('POST', 'pypi', form('evil'))).status).toBe(400);
    expect((await scene.send('PUT', 'maven/com/core/1.0/core-1.0.jar', 'evil')).status).toBe(400);
    expect(await all()).toEqual(before);
  });
});
