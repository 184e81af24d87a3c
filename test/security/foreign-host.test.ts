/**
 * The attack: a request with the attacker's `Host` or `X-Forwarded-Host`, so that an index which is made then, and kept for others, sends
 * their clients, and their credentials, to the attacker's files. (CVE-2024-6915 Artifactory: cache poisoning.)
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

const FOREIGN = {
  Host: 'attacker.example',
  'X-Forwarded-Host': 'attacker.example',
  'X-Forwarded-Proto': 'gopher',
  'X-Original-URL': 'http://attacker.example/',
  Forwarded: 'host=attacker.example;proto=gopher',
};

onEachEngine('a foreign Host', (engine) => {
  test('is in no address that is made, neither for who sent it nor for who asks next', async () => {
    await using scene = await packageScene(engine);
    const group = `/api/v4/groups/${scene.group.id}/-/packages`;
    const reader = await scene.app.seed.deployToken(scene.group, { scopes: ['read_package_registry'] });
    expect((await scene.publishNpm({ name: 'host', version: '1.0.0' })).status).toBe(200);
    const body = uploadForm('host', '1.0', wheel('host', '1.0'));
    expect((await scene.send('POST', 'pypi', body, FOREIGN)).status).toBe(201);
    expect((await scene.send('PUT', 'maven/com/host/1.0/host-1.0.jar', 'x', FOREIGN)).ok).toBe(true);
    const paths = [
      ...['npm/host', 'pypi/simple/', 'pypi/simple/host/', 'maven/com/host/maven-metadata.xml'],
      ...[`${group}/npm/host`, `${group}/pypi/simple/host/`, `${group}/maven/com/host/maven-metadata.xml`],
    ];
    for (const path of paths) {
      for (const sent of [FOREIGN, {}])
        for (const Accept of [
          'application/vnd.pypi.simple.v1+json',
          'text/html',
          'application/vnd.npm.install-v1+json',
          '*/*',
        ]) {
          const url = path.startsWith('/') ? path : `${scene.base}/${path}`;
          const answer = await scene.app.fetch(url, { headers: { 'Deploy-Token': reader.secret, Accept, ...sent } });
          const told = `${await answer.text()}${JSON.stringify([...answer.headers])}`;
          expect([path, answer.status, /attacker|gopher/.test(told)]).toEqual([path, 200, false]);
          if (/npm|simple\/host/.test(path))
            expect(told).toMatch(/http:\/\/postern\.test\/api|"tarball":"http:\/\/postern\.test/);
        }
    }
  });
});
