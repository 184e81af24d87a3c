import { expect, test } from 'bun:test';
import type { Access, Route } from '../src/http/route.ts';
import { startApp } from './support/app.ts';
import { columns, expectFile } from './support/snapshot.ts';

const INTRODUCTION = `# Every address that the server answers, in the order in which they are tried, and what each asks for.
# Written by test/routes.test.ts; a reviewer reads its diff.

`;

const accessOf = (access: Access): string => {
  if (access.on === 'anyone') return `anyone: ${access.why}`;
  if (access.on === 'instance') return `${access.permission} on the instance`;
  const part = access.resource ? ', on the part of it in the address' : '';
  return `${access.permission} on the ${access.on} (${typeof access.by === 'object' ? access.by.name : access.by} in ${access.param})${part}`;
};

const addressOf = ({ path, query }: Route) => (query ? `${path}?${query.name}=${query.value}` : path);

test('the route table is the one that was looked at', async () => {
  await using started = await startApp('sqlite');
  const rows = started.app.protocols.flatMap(({ name, routes }) =>
    routes.map((route) => [name, route.method, addressOf(route), accessOf(route.access)]),
  );
  await expectFile('test/snapshots/routes.txt', INTRODUCTION + columns(rows));
});

test('no two rows are for the same requests', async () => {
  await using started = await startApp('sqlite');
  const rows = started.app.protocols.flatMap(({ routes }) =>
    routes.map((route) => `${route.method} ${addressOf(route)}`),
  );
  expect(rows.filter((row, i) => rows.indexOf(row) !== i)).toEqual([]);
});
