/**
 * The attack: a request that a proxy in front and this server cut at different places, so that its tail is taken for
 * the next request, of someone else (CL.TE, TE.CL, two lengths, odd spellings of chunked). RFC 9112 section 6.3. And an
 * action asked for beside the method: `X-HTTP-Method-Override`, `_method`.
 */
import { beforeAll, expect, test } from 'bun:test';
import { privateToken, startApp } from '../support/app.ts';
import { onEachServer } from '../support/on-each-app.ts';
import { rawRequest } from '../support/raw-request.ts';
import type { TestServer } from '../support/server.ts';

const HIDDEN = 'GET /-/metrics HTTP/1.1\r\nHost: x\r\n\r\n';
const SMUGGLED = `0\r\n\r\n${HIDDEN}`;

const AMBIGUOUS: Record<string, string> = {
  'CL.TE': `Content-Length: ${SMUGGLED.length}\r\nTransfer-Encoding: chunked\r\n\r\n${SMUGGLED}`,
  'TE.CL': `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n${SMUGGLED}`,
  'two lengths': `Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a list of lengths': `Content-Length: 0, ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  'a negative length': `Content-Length: -1\r\n\r\n${HIDDEN}`,
  'a length with a sign': `Content-Length: +5\r\n\r\n${HIDDEN}`,
  'a length in hex': `Content-Length: 0x5\r\n\r\n${HIDDEN}`,
  'a space before the colon': `Transfer-Encoding : chunked\r\n\r\n${SMUGGLED}`,
  'not quite chunked': `Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`,
  'chunked and more': `Transfer-Encoding: chunked, identity\r\n\r\n${SMUGGLED}`,
  'a folded line': `Transfer-Encoding:\r\n chunked\r\n\r\n${SMUGGLED}`,
  'a vertical tab': `Transfer-Encoding: \u000bchunked\r\n\r\n${SMUGGLED}`,
  'twice chunked': `Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n${SMUGGLED}`,
  'NUL in a header': `X: a\u0000b\r\nContent-Length: 0\r\n\r\n`,
};

onEachServer('request smuggling', (started, engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await started;
  });

  test('a request whose end is not clear is refused, and nothing behind it is answered', async () => {
    for (const [name, rest] of Object.entries(AMBIGUOUS)) {
      const reply = await rawRequest(server.port, [`POST /api/v4/groups HTTP/1.1\r\nHost: x\r\n${rest}`]);
      expect([name, reply.status, reply.closed, reply.text.includes('postern_http')]).toEqual([name, 400, true, false]);
    }
  }, 180_000);

  test('bytes after a refused body on the same connection are not parsed as a request', async () => {
    const body = `{"name":"x"}${HIDDEN}`;
    const early = `POST /api/v4/groups HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const reply = await rawRequest(server.port, [early]);
    expect([reply.status, reply.answers]).toEqual([401, 1]);
    const unknown = `POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect((await rawRequest(server.port, [unknown])).answers).toBe(1);
    const chunked = `POST /api/v4/groups HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
    expect((await rawRequest(server.port, [chunked])).answers).toBe(1);
  });

  test('methods that are none of ours are refused, and the server goes on', async () => {
    for (const method of ['TRACE', 'CONNECT', 'PROPFIND', 'get', 'G E T']) {
      const reply = await rawRequest(server.port, [
        `${method} /-/metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      ]);
      expect([method, reply.text.includes('postern_http')]).toEqual([method, false]);
    }
    expect((await fetch(`${server.url}/-/health`)).status).toBe(200);
  });

  test('the method is the method, whatever headers, query and body say', async () => {
    await using app = await startApp(engine);
    const admin = await app.seed.user({ admin: true });
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project);
    const path = `/api/v4/projects/${project.id}/deploy_tokens/${token.id}`;
    const overrides = { 'X-HTTP-Method-Override': 'DELETE', 'X-HTTP-Method': 'DELETE', 'X-Method-Override': 'DELETE' };
    const headers = { ...privateToken(admin.token), ...overrides };
    expect((await app.fetch(`${path}?_method=DELETE`, { headers })).status).toBe(200);
    const form = new URLSearchParams({ _method: 'DELETE' });
    expect((await app.fetch(path, { method: 'POST', headers, body: form })).status).toBe(405);
    expect((await app.fetch(path, { headers: privateToken(admin.token) })).status).toBe(200);
  });
});
