/**
 * The attack: an address of a package that is a way to another: `..`, `%2f`, `%00` and their double spellings, where a name, a version or
 * a file is expected. (CVE-2024-4956 Nexus `%2f..`; CVE-2020-26405 GitLab: an upload that writes elsewhere.)
 * Addresses of everything else are in test/security/path-traversal.test.ts.
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';

const ODD = [
  '..%2f..%2fx',
  '%2e%2e',
  '%2e%2e%2fx',
  'x%00',
  '%00',
  'x%0a',
  'x%2f..%2fy',
  '..%5cx',
  '%252e%252e%252fx',
  '..;',
];

const PLACES = {
  npm: ['npm/ODD', 'npm/@s%2fODD', 'npm/there/-/ODD', 'npm/there/-/ODD.tgz', 'npm/-/package/ODD/dist-tags'],
  pypi: ['pypi/simple/ODD/', `pypi/files/${'a'.repeat(64)}/ODD`, 'pypi/files/ODD/there.whl'],
  generic: ['generic/ODD/1.0/f', 'generic/there/ODD/f', 'generic/there/1.0/ODD'],
  maven: ['maven/ODD/there/1.0/there-1.0.jar', 'maven/com/ODD/1.0/x-1.0.jar', 'maven/com/there/ODD/x.jar', 'maven/ODD'],
};

onEachEngine('addresses of packages', (engine) => {
  for (const [type, places] of Object.entries(PLACES))
    test(`${type}: whatever leads elsewhere is refused, read or written, and nothing is kept`, async () => {
      await using scene = await packageScene(engine);
      const other = await scene.app.seed.project(scene.group);
      const mine = await scene.app.seed.deployToken(other, { scopes: ['write_package_registry'] });
      const surprises: string[] = [];
      for (const place of places) {
        for (const odd of [...ODD, `..%2f..%2f..%2f${other.id}%2fpackages%2fgeneric%2fx%2f1%2ff`]) {
          const path = place.replace('ODD', odd);
          for (const [method, headers] of [
            ['GET', {}],
            ['PUT', {}],
            ['GET', { 'Deploy-Token': mine.secret }],
            ['PUT', { 'Deploy-Token': mine.secret }],
          ] as const) {
            const { status } = await scene.send(method, path, method === 'PUT' ? 'x' : null, headers);
            // 401: a `%2e%2e` is resolved before all else, and what lies above takes no deploy token.
            if (![400, 401, 404, 405].includes(status)) surprises.push(`${method} ${path}: ${status}`);
          }
        }
      }
      expect(surprises).toEqual([]);
      expect(await scene.count()).toBe(0);
    });
});
