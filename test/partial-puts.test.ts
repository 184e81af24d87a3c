/**
 * A `PUT` with `Content-Range` has a part of a file as its body. Stored as the whole file, it replaces the file by a
 * part of it, and the client gets 201. RFC 9110 section 14.5 asks for 400.
 */
import { expect, test } from 'bun:test';
import { packageScene } from './support/package-scene.ts';
import { addressOfRow, namedBy, nameOfRow } from './support/row-address.ts';

const PART = { 'Content-Range': 'bytes 4-7/8' };

test('a part of a package file does not replace the file', async () => {
  await using scene = await packageScene('sqlite');
  for (const path of ['generic/x/1/r', 'maven/com/x/1-SNAPSHOT/x-1-20260301.120000-1.jar']) {
    expect((await scene.send('PUT', path, 'AAAABBBB')).ok).toBe(true);
    const part = await scene.send('PUT', path, 'BBBB', PART);
    expect([path, part.status, (await part.text()).includes('Content-Range is not accepted')]).toEqual([
      path,
      400,
      true,
    ]);
    expect(await (await scene.get(path)).text()).toBe('AAAABBBB');
  }
});

test('every row for PUT refuses a part, except the last chunk of an image upload', async () => {
  await using scene = await packageScene('sqlite');
  const named = namedBy(scene.group, scene.project);
  const rows = scene.app.app.protocols.flatMap(({ routes }) => routes.filter(({ method }) => method === 'PUT'));
  const taken: string[] = [];
  for (const row of rows) {
    const address = addressOfRow(row, named, 'path') ?? addressOfRow(row, named, 'id') ?? '';
    const { status } = await scene.app.fetch(address, { method: 'PUT', body: 'BBBB', headers: PART });
    if (status !== 400) taken.push(nameOfRow(row));
  }
  expect(rows.length).toBeGreaterThan(10);
  expect(taken).toEqual(['PUT /v2/:name{.+}/blobs/uploads/:upload']);
});
