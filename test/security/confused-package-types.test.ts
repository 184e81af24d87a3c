/**
 * The attack: what allows one type of packages is used for another. A scope for images opens packages; a name of one
 * type is asked for at the addresses of another; a rule for one type protects, or frees, another. (CVE-2026-17594
 * Nexus: the permission of one format used for another; CVE-2026-7514 GitLab: a generic file in place of another.)
 */
import { expect, test } from 'bun:test';
import { sha256Hex } from '../../src/lib/digest.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

onEachEngine('confused package types', (engine) => {
  test('scopes for code and images open no package of any type', async () => {
    await using scene = await packageScene(engine);
    const { secret } = await scene.app.seed.deployToken(scene.project, {
      scopes: ['read_repository', 'read_registry', 'write_registry'],
    });
    const by = { 'Deploy-Token': secret };
    for (const path of ['npm/both', 'pypi/simple/both/', 'generic/both/1.0/f', 'maven/com/both/1.0/both-1.0.jar'])
      expect([path, (await scene.get(path, by)).status]).toEqual([path, 403]);
    for (const path of ['npm/both', 'generic/both/1.0/f', 'maven/com/both/1.0/both-1.0.jar'])
      expect([path, (await scene.send('PUT', path, '{}', by)).status]).toEqual([path, 403]);
    expect((await scene.send('POST', 'pypi', uploadForm('both', '1.0', wheel('both', '1.0')), by)).status).toBe(403);
    expect(await scene.count()).toBe(0);
  });

  test('a package is found as its own type alone, and what one type publishes replaces nothing of another', async () => {
    await using scene = await packageScene(engine);
    expect((await scene.publishNpm({ name: 'both', version: '1.0.0' })).status).toBe(200);
    const tarball = new Uint8Array(await (await scene.get('npm/both/-/both-1.0.0.tgz')).arrayBuffer());
    for (const path of ['pypi/simple/both/', 'generic/both/1.0.0/both-1.0.0.tgz', 'maven/both/1.0.0/both-1.0.0.tgz'])
      expect([path, (await scene.get(path)).status]).toEqual([path, 404]);

    const { file, bytes } = wheel('both', '1.0.0');
    expect((await scene.send('PUT', `generic/both/1.0.0/${file}`, new Uint8Array(bytes))).ok).toBe(true);
    expect((await scene.get(`pypi/files/${sha256Hex(bytes)}/${file}`)).status).toBe(404);

    expect((await scene.send('PUT', 'generic/both/1.0.0/both-1.0.0.tgz', 'instead')).ok).toBe(true);
    expect((await scene.send('PUT', 'maven/x/both/1.0.0/both-1.0.0.tgz', 'instead')).ok).toBe(true);
    const still = new Uint8Array(await (await scene.get('npm/both/-/both-1.0.0.tgz')).arrayBuffer());
    expect(Buffer.from(still).equals(tarball)).toBe(true);
    expect(await (await scene.get('generic/both/1.0.0/both-1.0.0.tgz')).text()).toBe('instead');
  });

  test('a group or a name never reveals packages of one type to another', async () => {
    await using scene = await packageScene(engine);
    const group = `/api/v4/groups/${scene.group.id}/-/packages`;
    const read = async (path: string) => {
      const answer = await scene.app.fetch(path, { headers: { 'Deploy-Token': scene.token.secret } });
      return answer.ok ? answer.text() : answer.status;
    };
    expect((await scene.publishNpm({ name: 'both', version: '1.0.0' })).status).toBe(200);
    expect(await read(`${group}/pypi/simple/both/`)).toBe(404);
    expect((await scene.send('POST', 'pypi', uploadForm('both', '2.0', wheel('both', '2.0')))).status).toBe(201);
    expect((await scene.send('PUT', 'generic/both/3.0/f', 'x')).ok).toBe(true);
    const versions = /"version":"([^"]+)"|both-([\d.]+)-py3/g;
    const shown = async (path: string) =>
      [...String(await read(path)).matchAll(versions)].map(([, npm, python]) => npm ?? python);
    expect(new Set(await shown(`${group}/npm/both`))).toEqual(new Set(['1.0.0']));
    expect(new Set(await shown(`${group}/pypi/simple/both/`))).toEqual(new Set(['2.0']));
    expect(await read(`${group}/pypi/simple/`)).not.toContain('1.0.0');
    expect(String(await read(`${group}/npm/-/v1/search?text=both`)).match(/"package"/g)).toHaveLength(1);
  });

  test('a rule is for its type: it protects no other, and frees none', async () => {
    await using scene = await packageScene(engine);
    const { rules } = scene.app.services.packages;
    await rules.create(scene.project, { type: 'npm', pattern: 'core', pushLevel: 40 }, scene.app.by);
    await rules.create(scene.project, { type: 'generic', pattern: '*', duplicates: 'allowed' }, scene.app.by);
    expect((await scene.publishNpm({ name: 'core', version: '1.0.0' })).status).toBe(403);
    expect((await scene.send('PUT', 'generic/core/1.0/f', 'x')).ok).toBe(true);

    const jar = 'maven/com/core/1.0/core-1.0.jar';
    expect((await scene.send('PUT', jar, 'first')).ok).toBe(true);
    expect((await scene.send('PUT', jar, 'second')).status).toBe(400);
    expect(await (await scene.get(jar)).text()).toBe('first');
  });
});
