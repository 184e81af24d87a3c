import { afterAll, expect, test } from 'bun:test';
import { startApp } from './support/app.ts';
import { expectFile } from './support/snapshot.ts';

const started = startApp('sqlite');
afterAll(async () => (await started)[Symbol.asyncDispose]());

/** `UPDATE_SNAPSHOTS=1 script/test test/openapi.test.ts` writes the file. */
test('docs/openapi.json is what the rows of the API say', async () => {
  const { fetch } = await started;
  const served = await (await fetch('/api/v4/openapi.json')).json();
  await expectFile('docs/openapi.json', `${JSON.stringify(served, null, 2)}\n`);
});

test('every row of the API is described in it', async () => {
  const { app, fetch } = await started;
  const { paths } = (await (await fetch('/api/v4/openapi.json')).json()) as { paths: Record<string, object> };
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} /api/v4${path}`),
  );
  const rows = app.protocols
    .filter((protocol) => protocol.name === 'api')
    .flatMap((protocol) => protocol.routes)
    .map((route) => `${route.method} ${route.path.replace(/:([a-z_]+)(\{[^}]*\})?/g, '{$1}')}`);
  expect(described.toSorted()).toEqual(rows.toSorted());
});

test('every reference in it leads somewhere', async () => {
  const { fetch } = await started;
  const document = (await (await fetch('/api/v4/openapi.json')).json()) as Record<string, unknown>;
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string);
  expect(references.length).toBeGreaterThan(0);
  const resolve = (path: string) =>
    path.split('/').reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
  expect(references.filter((path) => resolve(path) === undefined)).toEqual([]);
});
