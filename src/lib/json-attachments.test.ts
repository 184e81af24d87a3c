import { expect, test } from 'bun:test';
import { defined } from './defined.ts';
import { type AttachmentReader, readJsonWithAttachments } from './json-attachments.ts';

const keys = [(key: string) => key === 'files', (key: string) => key !== 'not'];

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(text: string, chunk = 7, maxBytes = 1e6, parts?: AttachmentReader<unknown>['parts']) {
  return readJsonWithAttachments(inChunks(text, chunk), {
    ...defined({ parts }),
    maxBytes,
    keys,
    async take([, name], bytes) {
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      return { name, text: Buffer.concat(parts).toString() };
    },
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a string ends behind a backslash that is escaped', async () => {
  const text = JSON.stringify({ before: 'C:\\', files: { 'one\\': base64('first'), two: base64('second') } });
  for (const chunk of [1, 1000]) {
    const { attachments } = await read(text, chunk);
    expect(attachments.map((each) => each.text)).toEqual(['first', 'second']);
  }
});

test('files are taken out on the way, wherever a chunk ends', async () => {
  const text = JSON.stringify({
    'a"\\b{': ['{"files":{"x":"y"}}', { files: { x: 'kept' } }],
    files: { one: base64('first file?>'), not: 'kept', 'tw"o': base64('zweite Datei, ü') },
    after: { n: 1.5e3, t: true, z: null, u: 'ü"\\' },
  });
  for (const chunk of [1, 2, 3, 5, 64, 10_000]) {
    const { value, attachments } = await read(text, chunk);
    expect(attachments).toEqual([
      { name: 'one', text: 'first file?>' },
      { name: 'tw"o', text: 'zweite Datei, ü' },
    ]);
    expect(value).toEqual({ ...JSON.parse(text), files: { one: '', not: 'kept', 'tw"o': '' } });
  }
});

test('only what is right below the keys is a file, before and behind what is deeper', async () => {
  const deeper = { list: ['kept', { files: { x: 'kept' } }], in: { files: { x: 'kept' }, x: 'kept' } };
  const text = JSON.stringify({ x: 'kept', files: { one: base64('1'), ...deeper, two: base64('2') }, also: deeper });
  const { value, attachments } = await read(text);
  expect(attachments.map(({ name }) => name)).toEqual(['one', 'two']);
  expect(value).toEqual({ x: 'kept', files: { one: '', ...deeper, two: '' }, also: deeper });
});

test('keys may be escaped, and a slash in base64 too', async () => {
  const { attachments } = await read(`{"\\u0066iles":{"x":"${base64('???>>>').replaceAll('/', '\\/')}"}}`, 3);
  expect(attachments).toEqual([{ name: 'x', text: '???>>>' }]);
});

test('parts are made smaller as they come, wherever a chunk ends, and others are left as they are', async () => {
  const parts = {
    'o"n}e': { keep: 1, 'm{"ore': ['x'.repeat(9000), { a: {} }] },
    two: [{ keep: 'ü' }],
    three: 3,
    four: {},
  };
  const text = JSON.stringify({
    other: { in: { one: { more: 1 } } },
    in: parts,
    last: { a: { b: {} } },
    files: { one: base64('a file') },
  });
  for (const chunk of [1, 3, 64, 100_000]) {
    const seen: unknown[] = [];
    const { value, attachments } = await read(text, chunk, 1e6, {
      under: 'in',
      reduce(part) {
        seen.push(part);
        return Array.isArray(part) ? undefined : { keep: (part as { keep?: number }).keep };
      },
    });
    expect(seen).toEqual([parts['o"n}e'], parts.two, {}]);
    expect(value).toEqual({ ...JSON.parse(text), in: { ...parts, 'o"n}e': { keep: 1 } }, files: { one: '' } });
    expect(attachments).toEqual([{ name: 'one', text: 'a file' }]);
  }
});

test('what is not held of parts counts, and must be JSON too', async () => {
  const drop = { under: 'in', reduce: () => ({}) };
  const many = JSON.stringify({ in: Array.from({ length: 50 }, () => ({ long: 'x'.repeat(5000) })) });
  await expect(read(many, 64, 100_000, drop)).rejects.toThrow('larger than');
  expect((await read(many, 64, 300_000, drop)).value).toEqual({ in: Array.from({ length: 50 }, () => ({})) });
  for (const text of ['{"in":{"a":{"b":}}}', '{"in":{"a":{"b":1]}}', '{"in":{"a":]}}', '{"in":{"a":{}}}}'])
    await expect(read(text, 64, 1e6, drop)).rejects.toThrow('not valid JSON');
});

test('`__proto__` is a key like any other', async () => {
  const { value } = await read('{"__proto__":{"admin":true},"files":{"__proto__":"YQ=="}}');
  expect(Object.keys(value)).toEqual(['__proto__', 'files']);
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

test('what is no JSON object is refused', async () => {
  for (const text of [
    '',
    '[]',
    '1',
    '{"a":',
    '{"files":{"x":"YQ',
    '{"files":{"x":"Y!=="}}',
    '{"a":1}}',
    '{}"a"',
    '{"a":{}}"b":1',
    '{"a":1,]"b":2}',
    '{"\\x":1}',
    '{"files":{"x":"YW\\nFh"}}',
    '{"files":{"x":"YWFh\\"}}',
    '"a"',
  ])
    await expect(read(text)).rejects.toThrow(/not valid JSON|JSON object|within a file|not base64/);
});

test('depth, keys and size have bounds', async () => {
  await expect(read('['.repeat(100_000), 1000)).rejects.toThrow('nests too deep');
  await expect(read(`{"${'k'.repeat(5000)}":1}`)).rejects.toThrow('a key that is too long');
  await expect(read(`{"a":"${'x'.repeat(500_000)}"}`, 65_536, 100_000)).rejects.toThrow('larger than');
});
