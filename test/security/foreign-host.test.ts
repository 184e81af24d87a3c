/**
 * The attack: a request with the attacker's `Host` or `X-Forwarded-Host`, so that an index which is made then, and kept
 * for others, sends their clients, and their credentials, to the attacker's files. (CVE-2024-6915 Artifactory: cache
 * poisoning.)
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

/** The runtime puts the address of a request together of its `Host`. */
const ATTACKER = 'http://attacker.example';

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
    const publisher = await scene.app.seed.deployToken(scene.group, { scopes: ['write_package_registry'] });
    // In two projects: what a group has of both is made when it is asked for.
    for (const { id } of [scene.project, await scene.app.seed.project(scene.group)]) {
      const manifest = { name: 'host', version: `${id}.0.0` };
      for (const [method, path, body] of [
        ['PUT', 'npm/host', JSON.stringify(publication(manifest, await npmTarball(manifest)))],
        ['POST', 'pypi', uploadForm('host', `${id}.0`, wheel('host', `${id}.0`))],
        ['PUT', `maven/com/host/${id}.0/host-${id}.0.jar`, 'x'],
      ] as const) {
        const headers = { 'Deploy-Token': publisher.secret, ...FOREIGN };
        const url = `${ATTACKER}/api/v4/projects/${id}/packages/${path}`;
        expect([path, (await scene.app.fetch(url, { method, headers, body })).ok]).toEqual([path, true]);
      }
    }
    const paths = [
      'npm/host',
      'pypi/simple/',
      'pypi/simple/host/',
      'maven/com/host/maven-metadata.xml',
      `${group}/npm/host`,
      `${group}/pypi/simple/host/`,
      `${group}/maven/com/host/maven-metadata.xml`,
    ];
    for (const path of paths) {
      for (const sent of [FOREIGN, {}])
        for (const Accept of [
          'application/vnd.pypi.simple.v1+json',
          'text/html',
          'application/vnd.npm.install-v1+json',
          '*/*',
        ]) {
          const address = path.startsWith('/') ? path : `${scene.base}/${path}`;
          const url = sent === FOREIGN ? `${ATTACKER}${address}` : address;
          const answer = await scene.app.fetch(url, { headers: { 'Deploy-Token': reader.secret, Accept, ...sent } });
          const shown = `${await answer.text()}${JSON.stringify([...answer.headers])}`;
          expect([path, answer.status, /attacker|gopher/.test(shown)]).toEqual([path, 200, false]);
          if (/npm|simple\/host/.test(path))
            expect(shown).toMatch(/http:\/\/postern\.test\/api|"tarball":"http:\/\/postern\.test/);
        }
    }
  });
});
