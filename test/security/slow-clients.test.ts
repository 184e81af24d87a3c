/**
 * The attack: begin uploads and send nothing more, or a byte now and then. Each holds a descriptor and a credential
 * that may be revoked in the meantime: a package whose second half came after seven minutes of silence was published,
 * and 20,000 parked uploads left no descriptor for anyone else. A client that sends too slowly is cut off, and the
 * number of open uploads is bounded for each credential, address and project. Four clients that took the answers of git
 * a byte at a time held all git processes.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { rawRequest } from '../support/raw-request.ts';
import { rejectionOf } from '../support/rejection.ts';
import { startServer } from '../support/server.ts';

/** A body that sends these bytes and then nothing, until it is cancelled. */
function parked(start: string): { body: ReadableStream<Uint8Array>; cancelled: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Buffer.from(start)),
    cancel: () => resolve(),
  });
  return { body, cancelled: promise };
}

describe('uploads that stop in the middle', () => {
  let app: TestApp;
  let project: { id: number; full_path: string };
  let headers: Record<string, string>;
  beforeAll(async () => {
    app = await startApp('sqlite', { POSTERN_IDLE_TIMEOUT: '1', POSTERN_MAX_UPLOADS: '3' });
    project = await app.seed.project(await app.seed.group());
    const { token, username } = await app.seed.user({ admin: true });
    headers = basic(username, token);
  });
  afterAll(() => app[Symbol.asyncDispose]());

  const send = (method: string, path: string, body: ReadableStream<Uint8Array>, more = {}, ip?: string) =>
    app.fetch(path, { method, headers: { ...headers, ...more }, body, ...(ip === undefined ? {} : { ip }) });

  test('are ended with 408 in every protocol, and their bodies cancelled', async () => {
    const packages = `/api/v4/projects/${project.id}/packages`;
    const image = `/v2/${project.full_path}/blobs/uploads/`;
    const begun = await app.fetch(image, { method: 'POST', headers });
    const digest = `sha256:${'a'.repeat(64)}`;
    const form = { 'Content-Type': 'multipart/form-data; boundary=x' };
    const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nhalf';
    const uploads: [string, string, string, Record<string, string>?][] = [
      ['PUT', `${packages}/generic/p/1/f`, 'half'],
      ['PUT', `${packages}/generic/p/1/f`, part, form],
      ['PUT', `${packages}/maven/com/p/1/p-1.jar`, 'half'],
      ['PUT', `${packages}/npm/p`, '{"_attachments":{"p-1.0.0.tgz":{"data":"AAAA'],
      ['POST', `${packages}/pypi`, part.replace('"file"', '"content"'), form],
      ['PUT', `/${project.full_path}.git/gitlab-lfs/objects/${'a'.repeat(64)}/8`, 'half'],
      ['PATCH', begun.headers.get('location') ?? '', 'half'],
      ['POST', `${image}?digest=${digest}`, 'half'],
    ];
    for (const [i, [method, path, start, more]] of uploads.entries()) {
      const { body, cancelled } = parked(start);
      const { status } = await send(method, path, body, more, `10.0.0.${i}`);
      expect([method, path, status]).toEqual([method, path, 408]);
      await cancelled;
    }
  }, 180_000);

  test('a client that takes a streamed answer too slowly is cut off', async () => {
    const refs = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
    const response = await app.fetch(refs, { headers });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await Bun.sleep(1500);
    expect(await rejectionOf(reader?.read())).toMatchObject({ kind: 'timeout' });
    const id = response.headers.get('x-request-id') ?? 'none';
    expect(app.lines.find((line) => line.includes(id))).toContain('"outcome":"too_slow"');
  });

  test('are bounded: a fourth one of a credential is refused, and the end of one admits another', async () => {
    const put = (name: string, body: ReadableStream<Uint8Array>, ip: string) =>
      send('PUT', `/api/v4/projects/${project.id}/packages/generic/p/1/${name}`, body, {}, ip);
    const open = [1, 2, 3].map((i) => put(`f${i}`, parked('half').body, `10.0.1.${i}`));
    await Bun.sleep(100);
    const fourth = await put('f4', parked('half').body, '10.0.1.4');
    expect([fourth.status, fourth.headers.get('retry-after') !== null]).toEqual([503, true]);
    expect((await Promise.all(open)).map(({ status }) => status)).toEqual([408, 408, 408]);
    const whole = await put('f5', new Blob(['whole']).stream(), '10.0.1.5');
    expect(whole.status).toBe(201);
  }, 180_000);
});

test('a server cuts off a client that trickles, though it is never silent for long', async () => {
  await using server = await startServer('sqlite', { POSTERN_IDLE_TIMEOUT: '2' });
  const project = await server.seed.project(await server.seed.group());
  const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const head = [
    `PUT /api/v4/projects/${project.id}/packages/generic/p/1/f HTTP/1.1`,
    'Host: x',
    `Deploy-Token: ${token.secret}`,
    'Content-Length: 1000',
    '\r\n',
  ].join('\r\n');
  const trickle = Array.from({ length: 40 }, () => ['x', 300]).flat();
  const reply = await rawRequest(server.port, [head, ...trickle], { timeoutMs: 20_000 });
  expect(reply.status).toBe(408);
}, 180_000);
