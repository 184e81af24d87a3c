import { afterAll, expect, test } from 'bun:test';
import { rawGet, rawRequest } from '../../support/raw-request.ts';
import { startServer } from '../../support/server.ts';

/**
 * The claims of docs/decisions/0004 about the runtime, verified on the wire. No database has a part in it, so one
 * engine will do.
 */
const started = startServer('sqlite', { POSTERN_IDLE_TIMEOUT: '5' });
afterAll(async () => (await started)[Symbol.asyncDispose]());

const send = async (...parts: (string | number)[]) => rawRequest((await started).port, parts, { timeoutMs: 20_000 });
const post = (...headers: string[]) => ['POST /x HTTP/1.1', 'Host: x', ...headers, '', ''].join('\r\n');
const SMUGGLED = '0\r\n\r\nGET /-/health HTTP/1.1\r\nHost: x\r\n\r\n';

test.each([
  ['Content-Length and Transfer-Encoding', post('Content-Length: 4', 'Transfer-Encoding: chunked') + SMUGGLED],
  ['Transfer-Encoding and Content-Length', post('Transfer-Encoding: chunked', 'Content-Length: 4') + SMUGGLED],
  ['two lengths', `${post('Content-Length: 4', 'Content-Length: 5')}abcdeGET /-/health HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a negative length', `${post('Content-Length: -4')}abcd`],
  ['a signed length', `${post('Content-Length: +4')}abcd`],
  ['an encoding nobody knows', post('Transfer-Encoding: xchunked') + SMUGGLED],
  ['chunked that is not the last encoding', post('Transfer-Encoding: chunked, identity') + SMUGGLED],
  ['a space before the colon', post('Transfer-Encoding : chunked') + SMUGGLED],
  ['a folded header', rawGet('/-/health', 'X-A: b', ' c')],
  ['a NUL in a header', rawGet('/-/health', 'X-A: b\0c')],
  ['HTTP/1.1 without a host', 'GET /-/health HTTP/1.1\r\n\r\n'],
])('%s: 400, and nothing behind it is heard', async (_, request) => {
  const reply = await send(request);
  expect([reply.status, reply.answers, reply.closed]).toEqual([400, 1, true]);
});

test('lines that end in a bare LF are refused', async () => {
  const reply = await send('GET /-/health HTTP/1.1\nHost: x\n\n');
  expect([reply.status, reply.closed]).toEqual([505, true]);
});

test.each([
  ['one header of 20 kB', rawGet('/-/health', `X-A: ${'a'.repeat(20_000)}`)],
  ['300 headers', rawGet('/-/health', ...Array.from({ length: 300 }, (_, i) => `X-${i}: a`))],
  ['an address of 20 kB', rawGet(`/${'a'.repeat(20_000)}`)],
])('%s: 431', async (_, request) => {
  const reply = await send(request);
  expect([reply.status, reply.answers, reply.closed]).toEqual([431, 1, true]);
});

test('large input within the bounds is read', async () => {
  expect((await send(rawGet('/-/health', `X-A: ${'a'.repeat(8000)}`))).status).toBe(200);
  expect((await send(rawGet(`/-/${'a'.repeat(12_000)}`))).status).toBe(404);
});

test('HTTP/1.0 without a host is answered', async () => {
  const reply = await send('GET /-/health HTTP/1.0\r\n\r\n');
  expect([reply.status, reply.closed]).toEqual([200, true]);
});

test('pipelined requests are answered in order', async () => {
  const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const { text, answers } = await send(request('/-/health') + request('/-/nowhere') + request('/-/health'));
  expect(answers).toBe(3);
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404', '200']);
});

test('Expect: 100-continue is answered at once, then the request', async () => {
  const head = post('Content-Type: application/json', 'Content-Length: 2', 'Expect: 100-continue');
  const { text } = await send(head.replace('/x', '/api/v4/groups'), 200, '{}');
  expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['100', '401']);
});

test('headers that trickle in are cut off, however lively', async () => {
  const trickle = Array.from({ length: 40 }, (_, i) => [500, `X-${i}: a\r\n`]).flat();
  const reply = await send('GET /-/health HTTP/1.1\r\n', ...trickle);
  expect([reply.closed, reply.answers]).toEqual([true, 0]);
  expect(reply.sent).toBeLessThan(trickle.length);
}, 30_000);

test('a log line is one JSON object with the level as a word', async () => {
  const { logs } = await started;
  const lines = logs.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.filter(({ level }) => typeof level !== 'string')).toEqual([]);
});
