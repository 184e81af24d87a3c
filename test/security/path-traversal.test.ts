/**
 * The attack: a name that is a way out of its folder, to another project's repository or to a file of the server: `..`
 * plain and escaped, backslashes, NUL, names that end where a check ended. (CVE-2024-4956 Nexus `%2f..`; CVE-2020-26405
 * GitLab; CVE-2026-52813 gogs: a group named like a path; GHSA-4h8q-g858-46w2: the oid of an LFS object.)
 */

import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { apiClient } from '../support/api-client.ts';
import { basic, startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { rawGet, rawRequest } from '../support/raw-request.ts';
import { PASSWORD } from '../support/seed.ts';
import { startServer, type TestServer } from '../support/server.ts';

const REFS = 'info/refs?service=git-upload-pack';

/** Ways to write "up" and "/". */
const UPS = ['..', '%2e%2e', '%2E.', '.%2e', '%252e%252e', '..%00', '..;', '%c0%ae%c0%ae', '\uff0e\uff0e', '....'];
const SLASHES = ['/', '//', '%2f', '%2F', '\\', '%5c', '%252f', '/./'];

const NAMES = [
  '..',
  '.',
  '../x',
  'a/b',
  'a\\b',
  '%2e%2e',
  'a%2fb',
  'a\u0000b',
  'a\r\nb',
  'a b',
  '.git',
  'x.git',
  '-x',
  'x.',
  'ünïcode',
  '\u202egpj',
  'x'.repeat(256),
  'con?x',
  'a#b',
  '~root',
  '$(id)',
  "a'b",
];

onEachEngine('path traversal', (engine) => {
  describe('against the listening server', () => {
    let server: TestServer;
    let mine = '';
    let auth = '';
    beforeAll(async () => {
      server = await startServer(engine);
      const group = await server.seed.group(null, { path: 'mine' });
      const project = await server.seed.project(group, { path: 'open' });
      await server.seed.project(await server.seed.group(null, { path: 'theirs' }), { path: 'secret' });
      const token = await server.seed.deployToken(project);
      mine = project.full_path;
      auth = `Authorization: ${basic(token.username, token.secret).Authorization}`;
    });
    afterAll(() => server[Symbol.asyncDispose]());

    test('a token of one project gets no other by any way of writing "up", and no file of the server', async () => {
      const good = await rawRequest(server.port, [rawGet(`/${mine}.git/${REFS}`, auth)]);
      expect(good.status).toBe(200);
      const up3 = 3;
      const surprises = [] as string[];
      for (const up of UPS) {
        for (const slash of SLASHES) {
          const climb = `${up}${slash}`.repeat(up3);
          for (const path of [
            `/${mine}.git/${climb}theirs${slash}secret.git/${REFS}`,
            `/${mine}${slash}${climb}theirs/secret.git/${REFS}`,
            `/${mine}.git/${climb}postern.sqlite`,
            `/${climb.repeat(4)}etc${slash}passwd`,
            `/${climb.repeat(4)}etc/passwd.git/${REFS}`,
            `/api/v4/projects/${climb}theirs%2fsecret`,
          ]) {
            const reply = await rawRequest(server.port, [rawGet(path, auth)]);
            const leaked = /upload-pack|root:|SQLite format|"id"/.test(reply.text);
            if (reply.status === 0 || reply.status === 200 || reply.status >= 500 || leaked)
              surprises.push(`${path}: ${reply.text.slice(0, 100)}`);
          }
        }
      }
      expect(surprises).toEqual([]);
    }, 180_000);

    test('odd spellings of a path are refused or mean what they say', async () => {
      const ask = async (path: string) => (await rawRequest(server.port, [rawGet(path, auth)])).status;
      // Repeated slashes are one, as in GitLab.
      for (const path of [`//mine/open.git/${REFS}`, `/mine//open.git/${REFS}`])
        expect([path, await ask(path)]).toEqual([path, 200]);
      for (const path of [`/mine/open%2egit/${REFS}`, `/mine/open.git.git/${REFS}`, `/mine/open.git/x.git/${REFS}`])
        expect([path, await ask(path)]).toEqual([path, 401]);
      for (const path of [`/mine/open.git%00/${REFS}`, `/mine/open%0a.git/${REFS}`, `/mine/open%ff.git/${REFS}`])
        expect([path, await ask(path)]).toEqual([path, 404]);
      expect(await ask(`/${'a'.repeat(7000)}.git/${REFS}`)).toBe(401);
      expect(await ask(`/${'a/'.repeat(3500)}b.git/${REFS}`)).toBe(401);
      expect(await ask(`/${'a'.repeat(200_000)}`)).toBe(431);
      const latin1 = Buffer.from(`GET /mine/op\xe9n.git/${REFS} HTTP/1.1\r\nHost: x\r\n${auth}\r\n\r\n`, 'latin1');
      expect((await rawRequest(server.port, [latin1])).status).toBe(401);
      // And it still serves.
      expect(await ask(`/${mine}.git/${REFS}`)).toBe(200);
    }, 180_000);

    test('a Host header cannot move the path of a request', async () => {
      for (const host of ['x/mine/open.git/info/refs?y=', 'x#', 'x?', 'x\\y', 'x y', 'a, b', 'user@x']) {
        const head = `GET /-/health HTTP/1.1\r\nHost: ${host}\r\n${auth}\r\nConnection: close\r\n\r\n`;
        expect([host, (await rawRequest(server.port, [head])).status]).toEqual([host, 400]);
      }
      const two = 'GET /-/health HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n';
      expect((await rawRequest(server.port, [two])).status).not.toBe(500);
    });
  });

  test('nothing can be given a name that is a way out, a line break or a file of git', async () => {
    await using app = await startApp(engine);
    const admin = await app.seed.user({ admin: true });
    const api = apiClient(app, admin.token);
    const group = await app.seed.group();
    for (const name of NAMES) {
      const answers = [
        await api.post('/groups', { name: 'x', path: name }),
        await api.post('/groups', { name: 'x', path: name, parent_id: group.id }),
        await api.post('/projects', { name: 'x', path: name, namespace_id: group.id }),
        await api.put(`/groups/${group.id}`, { path: name }),
        await api.post('/users', {
          username: name,
          name: 'x',
          email: 'x@example.com',
          password: PASSWORD,
        }),
      ];
      expect([name, ...answers.map((answer) => answer.status)]).toEqual([name, 400, 400, 400, 400, 400]);
    }
    for (const name of ['a\r\nSet-Cookie: x', 'a\u0000b', 'a\u001b[31m', 'a\u007f']) {
      const answers = [
        await api.post('/groups', { name, path: 'fine' }),
        await api.post('/projects', { name, path: 'fine', namespace_id: group.id }),
        await api.post(`/groups/${group.id}/deploy_tokens`, { name, scopes: ['read_repository'] }),
        await api.post(`/groups/${group.id}/deploy_tokens`, { name: 'x', username: name, scopes: ['read_repository'] }),
        await api.post(`/users/${admin.id}/personal_access_tokens`, { name, scopes: ['api'] }),
      ];
      expect([name, ...answers.map((answer) => answer.status)]).toEqual([name, 400, 400, 400, 400, 400]);
    }
  });

  test('an LFS object is named by 64 hex digits or not at all, and nothing is written beside the store', async () => {
    await using app = await startApp(engine);
    const user = await app.seed.user({ admin: true });
    const project = await app.seed.project(await app.seed.group());
    const headers = basic(user.username, user.token);
    const before = filesBelow(app.folder);
    for (const oid of [
      '..',
      '../../x',
      '%2e%2e',
      `${'a'.repeat(62)}..`,
      'A'.repeat(64),
      `${'a'.repeat(64)}%00`,
      `..%2f${'a'.repeat(61)}`,
      'a'.repeat(65),
      '%0a'.repeat(64),
    ]) {
      for (const [method, path] of [
        ['GET', `gitlab-lfs/objects/${oid}`],
        ['PUT', `gitlab-lfs/objects/${oid}/1`],
        ['GET', `info/lfs/objects/${oid}`],
      ] as const) {
        const init = method === 'PUT' ? { method, headers, body: 'x' } : { method, headers };
        const { status } = await app.fetch(`/${project.full_path}.git/${path}`, init);
        expect([oid, method, status >= 400 && status !== 500]).toEqual([oid, method, true]);
      }
      const batch = { operation: 'upload', transfers: ['basic'], objects: [{ oid, size: 1 }] };
      const answer = await app.fetch(`/${project.full_path}.git/info/lfs/objects/batch`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/vnd.git-lfs+json', Accept: 'application/vnd.git-lfs+json' },
        body: JSON.stringify(batch),
      });
      expect([oid, /"href"/.test(await answer.text())]).toEqual([oid, false]);
    }
    expect(filesBelow(app.folder)).toEqual(before);
  });
});

const filesBelow = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('postern.sqlite'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
