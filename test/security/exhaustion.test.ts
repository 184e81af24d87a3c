/**
 * The attack: make the server hold what it need not: a huge header, a body that never ends or comes a byte a minute,
 * one that unpacks to a thousand times its size, or numbers and JSON made to be slow. It answers, stays small, and
 * serves other clients during the attack. (CVE-2023-2253: `n=` of a list allocates what it says.)
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { gzipSync } from 'node:zlib';
import { apiClient } from '../support/api-client.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { rawGet, rawRequest } from '../support/raw-request.ts';
import { ROOT_TOKEN, startServer, type TestServer } from '../support/server.ts';

const MEBIBYTE = 1024 * 1024;

/** Resident memory of a process, in MiB. */
async function memoryOf(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

onEachEngine('exhaustion', (engine) => {
  describe('the listening server', () => {
    let server: TestServer;
    let git = '';
    let auth = '';
    beforeAll(async () => {
      server = await startServer(engine, { POSTERN_IDLE_TIMEOUT: '2', POSTERN_MAX_PUSH_SIZE: '4MiB' });
      const project = await server.seed.project(await server.seed.group());
      const token = await server.seed.deployToken(project);
      git = `/${project.full_path}.git`;
      auth = `Authorization: ${basic(token.username, token.secret).Authorization}`;
    });
    afterAll(() => server[Symbol.asyncDispose]());
    const serves = async () => expect((await fetch(`${server.url}/-/health`)).status).toBe(200);

    test('a huge header, and very many of them, are refused', async () => {
      const huge = await rawRequest(server.port, [rawGet('/-/health', `X: ${'a'.repeat(1_000_000)}`)]);
      expect(huge.status).toBe(431);
      const many = await rawRequest(server.port, [
        rawGet('/-/health', ...Array.from({ length: 5000 }, (_, i) => `X-${i}: a`)),
      ]);
      expect(many.status).toBe(431);
      const credential = await rawRequest(server.port, [
        rawGet(`${git}/info/refs?service=git-upload-pack`, `Authorization: Basic ${btoa(`x:${'y'.repeat(8000)}`)}`),
      ]);
      expect(credential.status).toBe(401);
      await serves();
    });

    test('a connection that stalls, in its head or its body, is closed, and other clients are served during that time', async () => {
      const stalled = [
        rawRequest(server.port, ['GET /-/health HTTP/1.1\r\nHo', 60_000], { timeoutMs: 30_000 }),
        rawRequest(
          server.port,
          [
            `POST ${git}/git-upload-pack HTTP/1.1\r\nHost: x\r\n${auth}\r\nContent-Type: application/x-git-upload-pack-request\r\nContent-Length: 100\r\n\r\n00`,
            60_000,
          ],
          { timeoutMs: 30_000 },
        ),
        rawRequest(
          server.port,
          [
            `POST /api/v4/groups HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: ${ROOT_TOKEN}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
            60_000,
          ],
          { timeoutMs: 30_000 },
        ),
      ];
      await serves();
      const [head, stuck, api] = await Promise.all(stalled);
      expect([head?.closed, api?.closed]).toEqual([true, true]);
      // Its process is terminated, and the client gets an error: from git, or from the pace of its body.
      expect([408, 503]).toContain(stuck?.status ?? 0);
      expect(server.logs.filter((line) => line.includes('"fault"'))).toEqual([]);
      await serves();
    }, 180_000);

    test('a body over its limit is refused while it comes: the API at 1 MiB, git at its setting', async () => {
      const json = `{"name":"${'x'.repeat(2 * MEBIBYTE)}"}`;
      const api = await fetch(`${server.url}/api/v4/groups`, {
        method: 'POST',
        headers: { ...privateToken(ROOT_TOKEN), 'Content-Type': 'application/json' },
        body: json,
      });
      expect(api.status).toBe(413);
      await serves();
    });

    test('a small body that unpacks to gigabytes costs neither memory nor a process', async () => {
      const bomb = gzipSync(Buffer.alloc(512 * MEBIBYTE), { level: 4 });
      expect(bomb.byteLength).toBeLessThan(4 * MEBIBYTE);
      const before = await memoryOf(server.pid);
      let most = before;
      const watch = setInterval(async () => {
        most = Math.max(most, await memoryOf(server.pid));
      }, 20);
      const url = `${server.url}${git}/git-upload-pack`;
      const headers = {
        Authorization: auth.slice('Authorization: '.length),
        'Content-Encoding': 'gzip',
        'Content-Type': 'application/x-git-upload-pack-request',
      };
      const answers = await Promise.all(
        [1, 2, 3].map(() =>
          fetch(url, { method: 'POST', headers, body: bomb }).then(
            async (a) => {
              await a.text();
              return a.status;
            },
            () => 0,
          ),
        ),
      );
      clearInterval(watch);
      for (const status of answers) expect([400, 413]).toContain(status);
      expect(most - before).toBeLessThan(200);
      await serves();
    }, 180_000);
  });

  describe('odd input to the API', () => {
    let app: TestApp;
    let token = '';
    beforeAll(async () => {
      app = await startApp(engine);
      token = (await app.seed.user({ admin: true })).token;
    });
    afterAll(() => app[Symbol.asyncDispose]());

    test('numbers beyond all rows are refused or find nothing, and none is a fault of ours', async () => {
      const api = apiClient(app, token);
      for (const number of [
        '0',
        '-1',
        '1e9',
        '0x10',
        '1.5',
        '99999999999999999999',
        '9007199254740993',
        '9223372036854775808',
        '1'.repeat(500),
        'NaN',
        'null',
        '१२',
      ]) {
        const each = encodeURIComponent(number);
        for (const path of [
          `/projects/${each}`,
          `/groups/${each}`,
          `/users/${each}`,
          `/personal_access_tokens/${each}`,
          `/audit_events/${each}`,
        ]) {
          const { status } = await api.get(path);
          expect([path, status === 400 || status === 404]).toEqual([path, true]);
        }
        for (const path of [
          `/projects?page=${each}`,
          `/projects?per_page=${each}`,
          `/users?page=${each}&per_page=${each}`,
        ]) {
          const { status } = await api.get(path);
          expect([path, status === 200 || status === 400]).toEqual([path, true]);
        }
      }
      const { rows, headers } = await api.get('/users?per_page=100000000');
      expect(rows.length).toBeLessThanOrEqual(100);
      expect(Number(headers.get('X-Per-Page') ?? 100)).toBeLessThanOrEqual(100);
    });

    test('JSON that is deep, not UTF-8, says a key twice, or is no object is answered with 4xx', async () => {
      const send = (body: string | Uint8Array, type = 'application/json') =>
        app.fetch('/api/v4/groups', {
          method: 'POST',
          headers: { ...privateToken(token), 'Content-Type': type },
          body,
        });
      const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
      const bodies: Record<string, string | Uint8Array> = {
        deep,
        'deep list': `{"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
        'not UTF-8': Buffer.from('{"name":"a\xff\xfe","path":"\xc3\x28"}', 'latin1'),
        'a list': '[]',
        null: 'null',
        'a number': '1e999',
        'nothing closed': '{"name":"x"',
        'a name that is an object': '{"name":{"toString":1},"path":["x"]}',
        'a number for a name': '{"name":1,"path":2}',
        'NUL in a string': '{"name":"a\\u0000b","path":"nul"}',
        'a lone surrogate': '{"name":"\\ud800","path":"\\ud800"}',
      };
      for (const [name, body] of Object.entries(bodies)) {
        const { status } = await send(body);
        expect([name, status >= 400 && status < 500]).toEqual([name, true]);
      }
      expect((await send('<a/>', 'application/xml')).status).toBe(415);
      expect(app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
    });

    test('a NUL, which one engine cannot keep, is refused wherever it comes', async () => {
      const api = apiClient(app, token);
      const nul = 'a\u0000b';
      const group = await app.seed.group();
      const project = await app.seed.project(group);
      for (const query of [
        'users?search=%00',
        'users?username=a%00',
        'projects?search=%00',
        'groups?search=%00',
        'personal_access_tokens?search=%00',
      ])
        expect([query, (await api.get(`/${query}`)).status]).toEqual([query, 400]);
      const answers = [
        await api.post('/groups', { name: 'x', path: 'fine', description: nul }),
        await api.post('/projects', { name: 'x', path: 'fine', namespace_id: group.id, description: nul }),
        await api.post('/users', {
          username: 'fine',
          name: 'x',
          email: `${nul}@example.com`,
          password: 'correct horse',
        }),
        await api.post(`/projects/${project.id}/deploy_tokens`, { name: nul, scopes: ['read_repository'] }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
      const lock = await app.fetch(`/${project.full_path}.git/info/lfs/locks`, {
        method: 'POST',
        headers: { ...basic('x', token), 'Content-Type': 'application/vnd.git-lfs+json' },
        body: JSON.stringify({ path: nul }),
      });
      expect([400, 422]).toContain(lock.status);
      const { items } = await app.services.audit.list({}, { page: 1, perPage: 5 });
      expect(items.some(({ action }) => action === 'deploy_token_creation_failed')).toBe(true);
      expect(app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
    });

    test('keys that mean something to JavaScript mean nothing here', async () => {
      const headers = privateToken(token);
      const json = { ...headers, 'Content-Type': 'application/json' };
      const polluting = [
        '{"__proto__":{"admin":true,"name":"p","path":"p"}}',
        '{"constructor":{"prototype":{"admin":true}},"name":"ok"}',
      ];
      for (const body of polluting)
        expect((await app.fetch('/api/v4/groups', { method: 'POST', headers: json, body })).status).toBe(400);
      for (const form of [
        '__proto__[admin]=1&name=x',
        '__proto__=1&constructor=2',
        '__proto__[]=1&hasOwnProperty[]=2',
        'constructor[prototype][admin]=1',
      ])
        expect(
          (
            await app.fetch('/api/v4/groups', {
              method: 'POST',
              headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
              body: form,
            })
          ).status,
        ).toBe(400);
      for (const query of ['__proto__=1', '__proto__[]=1', 'constructor=1&toString=2'])
        expect((await app.fetch(`/api/v4/users?${query}`, { headers })).status).toBe(200);
      expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
      expect(app.lines.filter((line) => line.includes('"fault"'))).toEqual([]);
    });
  });
});
