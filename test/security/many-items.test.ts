/**
 * The attack: a body that is small in bytes and huge in items. 28 KB of gzip that expand to 31 MB of `[],[],...`, or
 * 1.9 million objects in 4.4 MB, sent to npm publish, made the server hold 1.3 GB each; 6 MB of `<a/>` as Maven
 * metadata stopped it for 3.3 seconds; a list of 340,000 wrong scopes for 0.9 seconds. Each parser counts its items
 * before it makes any, and a body may not expand to more than 100 times its size.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { privateToken } from '../support/app.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { type PackageScene, packageScene } from '../support/package-scene.ts';

let scene: PackageScene;
let admin = '';
beforeAll(async () => {
  scene = await packageScene('sqlite');
  admin = (await scene.app.seed.user({ admin: true })).token;
});
afterAll(() => scene[Symbol.asyncDispose]());

const answer = async (response: Response) => ({ status: response.status, text: await response.text() });

describe('JSON', () => {
  const MEBIBYTE = 1024 * 1024;

  test('npm publish refuses two million values, and gzip that expands a thousandfold', async () => {
    const lists = `{"a":[${'[],'.repeat(MEBIBYTE)}[]]}`;
    const objects = `{"a":[${'{},'.repeat(MEBIBYTE)}{}]}`;
    for (const text of [lists, objects]) {
      const plain = await answer(await scene.send('PUT', 'npm/p', text));
      expect([plain.status, plain.text.includes('more than 200000 values and keys')]).toEqual([400, true]);
      const gzip = { 'Content-Encoding': 'gzip' };
      const zipped = await answer(await scene.send('PUT', 'npm/p', Bun.gzipSync(Buffer.from(text)), gzip));
      expect([zipped.status, zipped.text.includes('more than 200000 values and keys')]).toEqual([400, true]);
    }
  });

  test('a gzip body that expands a thousandfold is refused in every protocol that accepts gzip', async () => {
    const bomb = Bun.gzipSync(Buffer.alloc(4 * MEBIBYTE, 'x'));
    const gzip = { 'Content-Encoding': 'gzip' };
    const npm = await answer(await scene.send('PUT', 'npm/p', Buffer.concat([Bun.gzipSync('{"a":"'), bomb]), gzip));
    expect([npm.status, npm.text.includes('100 times its size')]).toEqual([400, true]);
    const git = await scene.app.fetch(`/${scene.project.full_path}.git/git-upload-pack`, {
      method: 'POST',
      headers: {
        ...gzip,
        Authorization: `Basic ${btoa(`root:${admin}`)}`,
        'Content-Type': 'application/x-git-upload-pack-request',
      },
      body: bomb,
    });
    expect([400, 413]).toContain(git.status);
    await git.text();
  });

  test('members that npm publish does not use are neither held nor counted', async () => {
    const manifest = { name: 'kept', version: '1.0.0' };
    const document = publication(manifest, await npmTarball(manifest));
    const noise = Array.from({ length: 100_000 }, () => []);
    const versions = { '1.0.0': document.versions['1.0.0'], '2.0.0': { noise }, '3.0.0': { noise, deprecated: 'old' } };
    const body = JSON.stringify({ ...document, time: { noise }, versions });
    expect(await answer(await scene.send('PUT', 'npm/kept', body))).toMatchObject({ status: 200 });
  });

  test('the API, LFS, manifests, yanks and package.json count their items', async () => {
    const many = `{"a":[${'0,'.repeat(300_000)}0]}`;
    const api = await scene.app.fetch('/api/v4/groups', {
      method: 'POST',
      headers: { ...privateToken(admin), 'Content-Type': 'application/json' },
      body: many,
    });
    expect(await answer(api)).toMatchObject({ status: 400, text: expect.stringContaining('values and keys') });
    const basic = { Authorization: `Basic ${btoa(`root:${admin}`)}` };
    const lfs = await scene.app.fetch(`/${scene.project.full_path}.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: basic,
      body: many,
    });
    expect(await answer(lfs)).toMatchObject({ status: 422, text: expect.stringContaining('values and keys') });
    const manifest = await scene.app.fetch(`/v2/${scene.project.full_path}/manifests/x`, {
      method: 'PUT',
      headers: basic,
      body: many,
    });
    expect(await answer(manifest)).toMatchObject({ status: 400, text: expect.stringContaining('values and keys') });
    const tarball = await npmTarball({ name: 'x', version: '1.0.0', many: Array(200_000).fill(0) });
    const npm = await scene.publishNpm({ name: 'x', version: '1.0.0' }, tarball);
    expect(npm.status).toBe(422);
  });
});

test('XML with too many tags, attributes or entities is refused before it is parsed', async () => {
  const many = ['<a/>'.repeat(40_000), `<a ${'b="" '.repeat(40_000)}/>`, '&amp;'.repeat(40_000)];
  for (const inside of many) {
    const sent = await answer(
      await scene.send('PUT', 'maven/com/x/maven-metadata.xml', `<metadata>${inside}</metadata>`),
    );
    expect([sent.status, /20000|at most/.test(sent.text)]).toEqual([400, true]);
  }
});

test('large Maven metadata is passed over, and refused when it names plug-ins', async () => {
  const versions = '<version>1.0</version>'.repeat(50_000);
  const put = (text: string) => scene.send('PUT', 'maven/com/x/maven-metadata.xml', text);
  expect((await put(`<metadata>${versions}</metadata>`)).status).toBe(200);
  const named = await answer(await put(`<metadata>${versions}<plugins/></metadata>`));
  expect(named).toMatchObject({ status: 400, text: expect.stringContaining('larger than') });
});

test('a list that is too long is refused before its items are looked at', async () => {
  const json = { ...privateToken(admin), 'Content-Type': 'application/json' };
  const at = `/api/v4/projects/${scene.project.id}/deploy_tokens`;
  const scopes = Array(5000).fill('x');
  const api = await scene.app.fetch(at, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ name: 'x', scopes }),
  });
  const { status, text } = await answer(api);
  // An error for each item would have 5,000 sentences.
  expect([status, text.length < 500, text.includes('at most 100')]).toEqual([400, true, true]);
  const lfs = await scene.app.fetch(`/${scene.project.full_path}.git/info/lfs/objects/batch`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`root:${admin}`)}` },
    body: JSON.stringify({ operation: 'download', transfers: Array(5000).fill(1), objects: [{}] }),
  });
  expect(await answer(lfs)).toMatchObject({ status: 422, text: expect.stringContaining('at most 20 items') });
});
