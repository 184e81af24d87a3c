import { expect, test } from 'bun:test';
import { thrown } from '../../test/support/rejection.ts';
import { readJsonWithAttachments } from './json-attachments.ts';

const keys = [(key: string) => key === 'files', (key: string) => key !== 'not'];

async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function read(text: string, chunk = 7, maxBytes = 1e6) {
  return readJsonWithAttachments(inChunks(text, chunk), {
    maxBytes,
    maxParsed: maxBytes,
    maxItems: 1000,
    keys,
    async take([, name], bytes) {
      const parts: Uint8Array[] = [];
      for await (const part of bytes) parts.push(part);
      return { name, text: Buffer.concat(parts).toString() };
    },
  });
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a string ends after an escaped backslash', async () => {
  const text = JSON.stringify({ before: 'C:\\', files: { 'one\\': base64('first'), two: base64('second') } });
  for (const chunk of [1, 1000]) {
    const { attachments } = await read(text, chunk);
    expect(attachments.map((each) => each.text)).toEqual(['first', 'second']);
  }
});

test('files are taken out while the body is read, wherever a chunk ends', async () => {
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

test('only a string directly below the keys is a file, before and after deeper objects', async () => {
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

test('`__proto__` is a key like any other', async () => {
  const { value } = await read('{"__proto__":{"admin":true},"files":{"__proto__":"YQ=="}}');
  expect(Object.keys(value)).toEqual(['__proto__', 'files']);
  expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
});

test('any text but a JSON object is refused', async () => {
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
    expect(await thrown(read(text))).toThrow(/not valid JSON|JSON object|within a file|not base64/);
});

test('depth, keys and size have bounds', async () => {
  expect(await thrown(read('['.repeat(100_000), 1000))).toThrow('nests too deep');
  expect(await thrown(read(`{"${'k'.repeat(5000)}":1}`))).toThrow('a key that is too long');
  expect(await thrown(read(`{"a":"${'x'.repeat(500_000)}"}`, 65_536, 100_000))).toThrow('larger than');
});

test('members may be left out: first, last, the only one, with any value and space around them', async () => {
  const leaveOut = ([first, second]: readonly string[]) => first === 'out' || second === 'out';
  const values = ['1', '"a,}\\"]"', '[1,{"x":[]},2]', '{"a":{"b":"}"},"c":[]}', 'null'];
  for (const value of values)
    for (const [text, left] of [
      [`{"out":${value},"a":1}`, { a: 1 }],
      [`{"a":1 , "out" : ${value} }`, { a: 1 }],
      [`{\n"a":1,\n"out":${value},\n"b":2}`, { a: 1, b: 2 }],
      [`{"out":${value}}`, {}],
      [`{"out":${value},"out":${value}}`, {}],
      [
        `{"a":{"out":${value}},"b":{"x":{"out":1},"out":${value}},"c":[{"out":3}]}`,
        { a: {}, b: { x: { out: 1 } }, c: [{ out: 3 }] },
      ],
    ] as const)
      for (const chunk of [1, 5, 1000]) {
        const { value: read } = await readJsonWithAttachments(inChunks(text, chunk), { ...LIMITS, leaveOut });
        expect([text, read]).toEqual([text, left]);
      }
});

const LIMITS = { maxBytes: 1e6, maxParsed: 1e6, maxItems: 50, keys, take: async () => null };

test('a member that is left out counts for the bytes that are read, and for nothing else', async () => {
  const text = `{"a":1,"out":[${'1,'.repeat(500)}1]}`;
  const limits = { ...LIMITS, maxParsed: 20, leaveOut: ([first]: readonly string[]) => first === 'out' };
  expect((await readJsonWithAttachments(inChunks(text, 100), limits)).value).toEqual({ a: 1 });
  expect(await thrown(readJsonWithAttachments(inChunks(text, 100), { ...limits, maxBytes: 500 }))).toThrow(
    'larger than 500',
  );
  expect(await thrown(readJsonWithAttachments(inChunks(text, 100), { ...limits, leaveOut: () => false }))).toThrow(
    'larger than 20',
  );
});

test('items are counted while the body is read, and the rest of the body is not read', async () => {
  let given = 0;
  const body = (async function* () {
    yield Buffer.from('{"a":[');
    for (; given < 1000; given++) yield Buffer.from('[],');
  })();
  expect(await thrown(readJsonWithAttachments(body, LIMITS))).toThrow('more than 50 values and keys');
  expect(given).toBeLessThan(50);
});
