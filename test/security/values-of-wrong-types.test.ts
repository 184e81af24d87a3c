/**
 * The attack: JSON values of types that no client sends. The conversion of `{"toString":1}` to text throws, as does
 * that of a deeply nested list: the server answered 500 and wrote an error into its log, as often as a stranger liked.
 */
import { expect, test } from 'bun:test';
import { privateToken } from '../support/app.ts';
import { npmTarball } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';

const HOSTILE = [
  '{"toString":1}',
  '{"toString":null,"valueOf":null}',
  '{"toJSON":1,"then":1}',
  `${'['.repeat(60)}${']'.repeat(60)}`,
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  '[{"toString":1}]',
];

/** Parameters that are objects. Attributes of an object that are not known are ignored. */
const OBJECTS = ['container_expiration_policy_attributes'];

test('a parameter of the API may have any type: the answer is 4xx, and no fault is logged', async () => {
  await using scene = await packageScene('sqlite');
  const { app } = scene;
  const { token } = await app.seed.user({ admin: true });
  const headers = { ...privateToken(token), 'Content-Type': 'application/json' };
  const rows = app.app.protocols.find(({ name }) => name === 'api')?.routes.filter(({ doc }) => doc?.body) ?? [];
  expect(rows.length).toBeGreaterThan(10);
  for (const { method, path, doc } of rows) {
    const address = path.replace(/:(id|project_id|group_id)\b/, String(scene.project.id)).replace(/:\w+/g, '1');
    for (const name of Object.keys((doc?.body as { shape?: object } | undefined)?.shape ?? {}))
      for (const value of HOSTILE) {
        const { status } = await app.fetch(address, { method, headers, body: `{"${name}":${value}}` });
        const isIgnored = OBJECTS.includes(name) && value.startsWith('{') && status === 200;
        expect([method, path, name, value.slice(0, 30), isIgnored || (status >= 400 && status < 500)]).toEqual([
          method,
          path,
          name,
          value.slice(0, 30),
          true,
        ]);
      }
  }
  expect(app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
}, 180_000);

test('name and version in the package.json of an npm archive may have any type', async () => {
  await using scene = await packageScene('sqlite');
  for (const hostile of [{ toString: 1 }, [[{ toString: null }]], 1, null]) {
    const archive = await npmTarball({ name: hostile, version: hostile } as never);
    expect((await scene.publishNpm({ name: 'x', version: '1.0.0' }, archive)).status).toBe(422);
  }
  expect(scene.app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
});
