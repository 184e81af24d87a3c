import { beforeAll, expect, test } from 'bun:test';
import { randomBytes } from 'node:crypto';
import type { TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { rejectionOf, thrown } from '../../../test/support/rejection.ts';
import type { ProjectFacts } from '../../domain/access/facts.ts';
import { readPublishBody } from './publish-body.ts';

/** Nothing is read ahead. */
const streamOf = (parts: Iterator<Uint8Array>) =>
  new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const { done, value } = parts.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );

onEachApp('the body of a publication', (started) => {
  let app: TestApp;
  let project: Awaited<ReturnType<TestApp['seed']['project']>>;
  beforeAll(async () => {
    app = await started;
    project = await app.seed.project(await app.seed.group());
  });

  const read = (body: string | ReadableStream<Uint8Array>, headers: Record<string, string> = {}) => {
    const request = new Request('http://postern.test/', { method: 'PUT', headers, body });
    const context = { request, body: request.body, facts: { project } as ProjectFacts };
    return app.services.packages.receiving((receive) => readPublishBody(receive, context, 1_000_000));
  };
  const readGzip = (...parts: Uint8Array[]) =>
    read(new Blob(parts.map((part) => new Uint8Array(part))).stream(), { 'Content-Encoding': 'gzip' });

  test('keeps the first version whole, and of further ones only the deprecation', async () => {
    const manifest = (version: string) => ({ version, scripts: { test: 'x' }, dist: { tarball: 'here' } });
    const document = {
      name: 'many',
      'dist-tags': { latest: '3.0.0' },
      versions: {
        '1.0.0': { ...manifest('1.0.0'), deprecated: 'old' },
        '2.0.0': { ...manifest('2.0.0'), deprecated: 'older' },
        '3.0.0': manifest('3.0.0'),
        '4.0.0': { ...manifest('4.0.0'), deprecated: '' },
        '5.0.0': null,
      },
    };
    const time = { '1.0.0': { versions: 'left out' } };
    expect(await read(JSON.stringify({ ...document, time }))).toEqual({
      attachments: [],
      document: {
        ...document,
        versions: {
          '1.0.0': document.versions['1.0.0'],
          '2.0.0': { deprecated: 'older' },
          '3.0.0': {},
          '4.0.0': { deprecated: '' },
          '5.0.0': null,
        },
      },
    });
  });

  test('may be under gzip, in one member or several, and zeros may follow', async () => {
    const [first, second] = ['{"name":"packed",', ` "long":"${'x'.repeat(200_000)}"}`].map((text) =>
      Bun.gzipSync(text),
    );
    if (!first || !second) throw new Error('nothing is packed');
    const whole = { name: 'packed', long: 'x'.repeat(200_000) };
    expect((await readGzip(Bun.gzipSync(JSON.stringify(whole)))).document).toEqual(whole);
    expect((await readGzip(first, second)).document).toEqual(whole);
    for (const zeros of [1, 512, 100_000])
      expect((await readGzip(first, second, new Uint8Array(zeros))).document).toEqual(whole);
  });

  test('is refused when it is not gzip, cut off, damaged, or followed by other bytes', async () => {
    const packed = Bun.gzipSync(JSON.stringify({ name: 'packed', long: 'xyz'.repeat(90_000) }));
    const damaged = (at: number) => packed.map((byte, i) => (i === packed.length - at ? byte ^ 1 : byte));
    const broken = [
      packed.subarray(0, 5),
      packed.subarray(0, -1),
      packed.subarray(0, -9),
      packed.subarray(0, 200),
      damaged(8),
      damaged(4),
      damaged(100),
      Buffer.from('{"name":"plain"}'),
      new Uint8Array(0),
      Buffer.concat([packed, Buffer.from('more')]),
      Buffer.concat([packed, packed.subarray(0, 2)]),
    ];
    for (const [i, bytes] of broken.entries()) {
      const refused = await readGzip(bytes).catch((error: unknown) => error);
      expect([i, refused]).toEqual([i, expect.objectContaining({ kind: 'invalid' })]);
    }
  });

  test('is decompressed no further than its limit', async () => {
    const megabyte = Bun.gzipSync(randomBytes(512 * 1024).toString('hex'));
    let sent = 0;
    const bomb = (function* () {
      yield Bun.gzipSync('{"long":"');
      for (; sent < 400; sent++) yield megabyte;
    })();
    const refused = read(streamOf(bomb), { 'Content-Encoding': 'gzip' });
    expect(await rejectionOf(refused)).toMatchObject({ kind: 'too_large' });
    expect(sent).toBeWithin(8, 60);
  }, 180_000);

  test('is decompressed no further when it expands to more than 100 times its size', async () => {
    const bomb = Bun.gzipSync(`{"long":"${'x'.repeat(1024 * 1024)}"}`);
    expect(await thrown(readGzip(bomb))).toThrow('more than 100 times its size');
  });

  test('that breaks off is not reported as invalid gzip', async () => {
    const gone = (function* () {
      yield Bun.gzipSync('{"name":');
      throw new TypeError('the client went away');
    })();
    expect(await thrown(read(streamOf(gone), { 'Content-Encoding': 'gzip' }))).toThrow('went away');
  });
});
