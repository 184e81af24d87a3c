/**
 * The attack: an address of a package that is a way to another: `..`, `%2f`, `%00` and their double spellings, where a
 * name, a version or a file is expected. (CVE-2024-4956 Nexus `%2f..`; CVE-2020-26405 GitLab: an upload that writes
 * elsewhere.) Every parameter of every row of the package types is tried, as the route table has them; a row with a
 * parameter that is not known here fails. Addresses of everything else are in test/security/path-traversal.test.ts.
 */
import { expect, test } from 'bun:test';
import type { Route } from '../../src/http/route.ts';
import { PACKAGE_TYPES } from '../../src/package-types.ts';
import { onEachEngine } from '../support/engines.ts';
import { type PackageScene, packageScene } from '../support/package-scene.ts';
import { nameOfRow } from '../support/row-address.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

const ODD = [
  '..%2f..%2fx',
  '%2e%2e',
  '%2e%2e%2fx',
  'x%00',
  '%00',
  '%00x',
  'x%0a',
  'x%2f..%2fy',
  '..%2fthere',
  'there%2f..',
  '..%5cx',
  '%252e%252e%252fx',
  '..;',
  '%c0%ae%c0%ae',
  'there%00.json',
  '.%2f..',
];

const made = wheel('there', '1.0');

/** The parameters of a row that are not under test: an existing package. */
const THERE: Readonly<Record<string, Record<string, string>>> = {
  generic: { name: 'there', version: '1.0', file: 'f' },
  maven: { path: 'com/there/1.0/there-1.0.jar' },
  npm: { package: 'there', version: '1.0.0', file: 'there-1.0.0.tgz', tag: 'good', rev: '1' },
  pypi: {
    name: 'there',
    version: '1.0',
    file: made.file,
    sha256: new Bun.CryptoHasher('sha256').update(made.bytes).digest('hex'),
  },
};

/** Where in a parameter of several parts the odd one stands; elsewhere it is all of it. */
const PLACES: Readonly<Record<string, string[]>> = {
  'generic file': ['ODD', 'folder/ODD', 'ODD/f'],
  'maven path': [
    'ODD',
    'ODD/there/1.0/there-1.0.jar',
    'com/ODD/1.0/there-1.0.jar',
    'com/there/ODD/there.jar',
    'com/there/1.0/ODD',
    'com/there/ODD',
  ],
  'npm package': ['ODD', '@s%2fODD', '@s/ODD', '@ODD/there'],
  'npm file': ['ODD', 'ODD.tgz', '@s/ODD', 'ODD-1.0.0.tgz'],
  'pypi file': ['ODD', 'ODD.metadata', `ODD${made.file}`],
};

/** All that is asked at a row: each of its parameters in turn with each odd text in it. */
function attacks(type: string, { path, access }: Route, { group, project }: PackageScene, ids: readonly string[]) {
  const parameter = /:(\w+)(\{(?:[^{}]|\{[^{}]*\})*\})?/g;
  const names = [...path.matchAll(parameter)].map(([, name]) => name ?? '');
  const usual = (name: string) => {
    const value = name === 'id' ? String((access.on === 'group' ? group : project).id) : THERE[type]?.[name];
    if (value === undefined) throw new Error(`${path}: nothing is known to put in for ${name}`);
    return value;
  };
  const fill = (tried: string, odd: string) =>
    path.replace(parameter, (_, name: string) => (name === tried ? odd : usual(name)));
  const all = names.flatMap((tried) =>
    [...ODD, ...ids].flatMap((odd) =>
      (PLACES[`${type} ${tried}`] ?? ['ODD']).map((place) => fill(tried, place.replace('ODD', odd))),
    ),
  );
  // A part that is `%2e%2e` alone is resolved before all else, by clients too: what it leads to is asked for by its own
  // address.
  return all.filter((address) => new URL(address, 'http://postern.test').pathname === address);
}

async function publishThere(scene: PackageScene): Promise<void> {
  const answers = [
    await scene.publishNpm({ name: 'there', version: '1.0.0' }),
    await scene.send('PUT', 'npm/-/package/there/dist-tags/good', '"1.0.0"'),
    await scene.send('POST', 'pypi', uploadForm('there', '1.0', made)),
    await scene.send('PUT', 'generic/there/1.0/f', 'x'),
    await scene.send('PUT', 'maven/com/there/1.0/there-1.0.jar', 'x'),
  ];
  expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
}

onEachEngine('addresses of packages', (engine) => {
  for (const { type } of PACKAGE_TYPES)
    test(`${type}: whatever leads elsewhere is refused, at each row and in each of its parameters, and changes nothing`, async () => {
      await using scene = await packageScene(engine);
      const { app, token } = scene;
      await publishThere(scene);
      const other = await app.seed.project(scene.group);
      const neighbour = await app.seed.deployToken(other, { scopes: ['write_package_registry'] });
      const ofGroup = await app.seed.deployToken(scene.group, { scopes: ['write_package_registry'] });
      /** A package has another revision after each change of it. */
      const kept = async () => ({
        packages: await app.db.selectFrom('packages').select(['name', 'revision']).orderBy('id').execute(),
        files: await app.db.selectFrom('package_files').select('name').orderBy('id').execute(),
      });
      const before = await kept();
      const rows = app.app.protocols
        .filter((protocol) => protocol.usageName === type)
        .flatMap(({ routes }) => [...routes]);
      const ids = [`..%2f..%2f..%2f${other.id}%2fpackages%2fgeneric%2fx%2f1%2ff`];
      const surprises: string[] = [];
      for (const row of rows)
        for (const path of attacks(type, row, scene, ids))
          for (const { secret } of [token, neighbour, ofGroup]) {
            const init = { method: row.method, headers: { 'Deploy-Token': secret } };
            const body = row.method === 'GET' ? null : '"1.0.0"';
            const { status } = await app.fetch(path, { ...init, body });
            if (![400, 404].includes(status)) surprises.push(`${nameOfRow(row)} at ${path}: ${status}`);
          }
      expect([...new Set(surprises)]).toEqual([]);
      expect(await kept()).toEqual(before);
    });
});
