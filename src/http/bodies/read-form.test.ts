import { expect, test } from 'bun:test';
import { Readable } from 'node:stream';
import { rejectionOf, thrown } from '../../../test/support/rejection.ts';
import { PosternError } from '../../lib/errors.ts';
import { type FormFile, readForm } from './read-form.ts';

const TYPE = 'multipart/form-data; boundary=bound';

async function* chunked(body: Uint8Array, ends: readonly number[]) {
  let start = 0;
  for (const end of [...ends, body.byteLength]) {
    if (end > start) yield body.subarray(start, end);
    start = end;
  }
}

const requestOf = (chunks: AsyncIterable<Uint8Array>, type = TYPE) =>
  new Request('http://postern.test/', {
    method: 'POST',
    headers: { 'Content-Type': type },
    body: Readable.toWeb(Readable.from(chunks)) as ReadableStream<Uint8Array>,
  });

const takeText = async ({ field, name }: FormFile, bytes: AsyncIterable<Uint8Array>) => {
  let text = '';
  for await (const chunk of bytes) text += Buffer.from(chunk).toString('latin1');
  return `${field} file ${name}: ${text}.`;
};

/** The form as text, a line for each value and each file: equal for equal forms, however they arrive. */
async function read(body: string | Uint8Array, ends: readonly number[] = [], type = TYPE) {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  const { fields, files } = await readForm(requestOf(chunked(bytes, ends), type), takeText);
  return [...[...fields].flatMap(([name, values]) => values.map((value) => `${name} = ${value}`)), ...files];
}

const part = (header: string, content: string) => `--bound\r\n${header}\r\n\r\n${content}\r\n`;
const field = (name: string, value: string) => part(`Content-Disposition: form-data; name="${name}"`, value);
const file = (name: string, content: string) =>
  part(`Content-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: application/gzip`, content);
const END = '--bound--\r\n';

/** Contents that are nearly a boundary. */
const TRICKY = [
  '',
  '-',
  '--',
  '\r',
  '\r\n',
  '\r\n-',
  '\r\n--',
  '\r\n--bou',
  '--bound',
  '--bound--',
  '\r\r\n--',
  '\n--bound',
  'x\r\n--\r\n--',
  '\r\n-bound',
  '\r\n--boun\r\n--boun',
  '\r\n\r\n--',
];

test('a form is the same wherever its chunks are split', async () => {
  const content = TRICKY.join('x');
  const body = Buffer.from(
    `preamble\r\n${field('a', 'one')}${file('x', content)}${field('e', '')}${file('y', '')}${END}`,
  );
  const whole = ['a = one', 'e = ', `f file x: ${content}.`, 'f file y: .'];
  for (let at = 0; at <= body.byteLength; at++) expect([at, await read(body, [at])]).toEqual([at, whole]);
  for (let size = 1; size < 70; size++) {
    const ends = Array.from({ length: Math.floor(body.byteLength / size) }, (_, i) => (i + 1) * size);
    expect([size, await read(body, ends)]).toEqual([size, whole]);
  }
});

test('content that is nearly a boundary arrives as it is', async () => {
  for (const content of TRICKY.map((text) => `x${text}`))
    for (const ends of [[], [80], [100, 101], [110, 112, 114]])
      expect(await read(file('x', content) + END, ends)).toEqual([`f file x: ${content}.`]);
});

test('names: quoted, escaped, in UTF-8 and as RFC 8187 writes them', async () => {
  const named = (rest: string) => read(part(`Content-Disposition: form-data; ${rest}`, 'x') + END);
  expect(await named('name="a b"')).toEqual(['a b = x']);
  expect(await named('name=a')).toEqual(['a = x']);
  expect(await named('name="a\\"b"')).toEqual(['a"b = x']);
  expect(await named('name="é日本"')).toEqual(['é日本 = x']);
  expect(await named('name="f"; filename="日本.txt"')).toEqual(['f file 日本.txt: x.']);
  expect(await named('name="f"; filename="C:\\temp\\a.txt"')).toEqual(['f file C:\\temp\\a.txt: x.']);
  expect(await named('name="f"; filename*=utf-8\'\'na%C3%AFve.txt')).toEqual(['f file naïve.txt: x.']);
  expect(await named('name="f"; filename="../../a/b"')).toEqual(['f file ../../a/b: x.']);
  expect(await named('name="f"\r\nContent-Type: application/octet-stream')).toEqual(['f file : x.']);
  const latin =
    part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=ISO-8859-1', 'é') + END;
  expect(await read(Buffer.from(latin, 'latin1'))).toEqual(['a = é']);
});

test('a part that is not form data is passed over, and so is text before the first part and after the end', async () => {
  for (const header of ['Content-Disposition: attachment; name="a"', 'X: y'])
    expect(await read(part(header, 'x') + field('n', 'v') + END)).toEqual(['n = v']);
  expect(await read(`\r\nsome text\r\n${field('n', 'v')}${END}some text\r\n`)).toEqual(['n = v']);
  expect(await read(`${field('n', 'v')}${END}${field('o', 'w')}${file('x', 'y')}${END}`)).toEqual(['n = v']);
  expect(await read(END + file('x', 'y') + END)).toEqual([]);
});

test('spaces and tabs after a boundary are allowed, however they are split', async () => {
  const text = (field('a', 'one') + file('x', 'y') + END).replaceAll('--bound\r\n', '--bound \t \r\n');
  const body = Buffer.from(text.replace('--bound--', '--bound-- \t'));
  for (let at = 0; at <= body.byteLength; at++) expect(await read(body, [at])).toEqual(['a = one', 'f file x: y.']);
  expect(await read(`--bound${' '.repeat(256)}\r\n\r\nx\r\n${END}`)).toEqual([]);
});

const MIB = 1024 * 1024;
const OUTSIDE = 'more than 1 MiB outside';
const NAMELESS = 'a field without a name';
const REFUSED: Record<string, [body: string, message: string]> = {
  'a body that is no form': ['nonsense', 'not a whole form'],
  'a form without its end': [field('a', 'b'), 'not a whole form'],
  'a form that ends in a file': [file('a', 'b').slice(0, -2), 'not a whole form'],
  'a form that ends in a header': ['--bound\r\nContent-Disposition: form', 'not a whole form'],
  'a form that ends in its end': [field('a', 'b') + END.slice(0, -3), 'not a whole form'],
  'a field without a name': [part('Content-Disposition: form-data', 'x') + END, NAMELESS],
  'a field with another parameter': [part('Content-Disposition: form-data; x="a"', 'x') + END, NAMELESS],
  'a file whose field has no name': [part('Content-Disposition: form-data; filename="a"', 'x') + END, NAMELESS],
  'an open quote': [part('Content-Disposition: form-data; name="a', 'x') + END, 'malformed Content-Disposition'],
  'a broken percent-encoding': [
    part(`Content-Disposition: form-data; name="f"; filename*=utf-8''%zz`, 'x') + END,
    'malformed file name',
  ],
  'two dispositions': [
    part('Content-Disposition: form-data; name="a"\r\nContent-Disposition: form-data; name="b"', 'x') + END,
    'malformed header',
  ],
  'a header with no colon': [part('nonsense', 'x') + END, 'malformed header'],
  'a header with a zero': [part('A: \0', 'x') + END, 'malformed header'],
  'a folded header': [part('A: b\r\n c', 'x') + END, 'malformed header'],
  'a longer boundary': [`--boundary\r\n\r\nx\r\n${END}`, 'malformed boundary'],
  'a field in no known encoding': [
    part('Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=none', 'x') + END,
    'unknown character encoding',
  ],
  'a header of 20 KiB': [part(`A: ${'x'.repeat(20_000)}`, 'x') + END, 'more than 16 KiB of headers'],
  'a header of 20 KiB that does not end': [`--bound\r\n${'x'.repeat(20_000)}`, 'more than 16 KiB of headers'],
  '3,000 headers': [part(`${Array.from({ length: 3000 }, (_, i) => `A${i}: b`).join('\r\n')}`, 'x') + END, '16 KiB'],
  'more than 1 MiB before the first part': [`${'x'.repeat(MIB + 1)}\r\n${field('a', 'b')}${END}`, OUTSIDE],
  'more than 1 MiB after the end': [field('a', 'b') + END + 'x'.repeat(MIB + 1), OUTSIDE],
  'a part of more than 1 MiB that is not form data': [part('X: y', 'x'.repeat(MIB + 1)) + END, OUTSIDE],
  'parts of more than 1 MiB together that are not form data': [
    part('X: y', 'x'.repeat(MIB / 4)).repeat(4) + END,
    OUTSIDE,
  ],
  'empty parts without headers, more than 1 MiB of them': ['--bound\r\n\r\n'.repeat(120_000) + END, OUTSIDE],
  'headers of more than 1 MiB together of parts that are not form data': [
    part(`X: ${'y'.repeat(16_000)}`, '').repeat(70) + END,
    OUTSIDE,
  ],
  'a boundary with text after its padding': [`--bound \tx\r\n\r\nx\r\n${END}`, 'malformed boundary'],
  'a boundary with padding before the end mark': [`${field('a', 'b')}--bound --\r\n`, 'malformed boundary'],
  'a boundary with padding that does not end': [`--bound${' '.repeat(1000)}`, 'malformed boundary'],
  '4,097 fields': [field('a', 'b').repeat(4097) + END, 'more than 4096 fields'],
  '9 files': [file('a', 'b').repeat(9) + END, 'more than 8 files'],
  'one field of more than 4 MiB': [field('a', 'x'.repeat(4 * MIB)) + END, 'more than 4194304 bytes'],
  'fields of more than 4 MiB together': [field('a', 'x'.repeat(MIB)).repeat(4) + END, 'more than 4194304 bytes'],
  'names of more than 4 MiB together': [field('a'.repeat(16_000), '').repeat(300) + END, 'more than 4194304 bytes'],
};

for (const [title, [body, message]] of Object.entries(REFUSED))
  test(`refused: ${title}`, async () => {
    const bytes = Buffer.from(body);
    const size = bytes.byteLength > 10_000 ? 1000 : 8;
    const every = Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, i) => i * size);
    for (const ends of [[], [bytes.byteLength >> 1], every]) expect(await thrown(read(bytes, ends))).toThrow(message);
  });

test('the bounds themselves are allowed', async () => {
  expect(await read(field('a', 'b').repeat(4096) + END)).toHaveLength(4096);
  expect(await read(file('a', 'b').repeat(8) + END)).toHaveLength(8);
  expect(await read(field('a', 'x'.repeat(4 * MIB - 1)) + END)).toHaveLength(1);
  const most = 'x'.repeat(MIB - 100);
  expect(await read(`${most}\r\n${field('a', 'b')}${END}`)).toEqual(['a = b']);
  expect(await read(`${field('a', 'b')}${END}${most}`)).toEqual(['a = b']);
  expect(await read(part('X: y', most) + field('a', 'b') + END)).toEqual(['a = b']);
  expect(await read(file('x', most).repeat(8) + END)).toHaveLength(8);
});

test('a body of another type, or of one without a right boundary, is refused', async () => {
  const form = 'multipart/form-data';
  const long = 'x'.repeat(71);
  for (const rest of [
    '',
    ';',
    '; boundary',
    '; boundary=',
    '; boundary=""',
    '; boundary="a "',
    '; a=b',
    `; boundary=${long}`,
  ])
    expect(await thrown(read(END, [], form + rest))).toThrow('must be a form');
  for (const type of ['multipart/mixed; boundary=bound', 'application/x-www-form-urlencoded', 'text/plain'])
    expect(await thrown(read(END, [], type))).toThrow('must be a form');
  const body = `--${long.slice(1)}--\r\n`;
  expect(await read(body, [], `Multipart/Form-Data; charset=utf-8;Boundary="${long.slice(1)}"`)).toEqual([]);
});

/** A generator of numbers that gives the same ones each time, so that a failure can be repeated. */
function createRandom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const PIECES = [
  '--bound',
  '--bound\r\n',
  '\r\n--bound\r\n',
  '\r\n--bound--',
  '\r\n',
  '\r',
  '\n',
  '-',
  '--',
  ':',
  ';',
  '"',
  '\0',
  'é',

  'Content-Disposition: form-data; name="a"',
  '; filename="x"',
  '\r\n\r\n',
  'Content-Type: text/plain',
  'a',
  'A: b\r\n',
  field('a', 'b'),
  file('x', 'y'),
  END,
  'x'.repeat(300),
];

test('1,200 random bodies: each ends, in a form or a refusal, and in the same one however it is split', async () => {
  const random = createRandom(11);
  const count = { form: 0, refusal: 0 };
  for (let round = 0; round < 1200; round++) {
    const text = Array.from({ length: 1 + random(12) }, () => PIECES[random(PIECES.length)]).join('');
    const body = Buffer.from(random(2) === 0 ? text : `${field('n', 'v')}--bound\r\n${text}\r\n${END}`);
    const outcome = (ends: readonly number[]) =>
      read(body, ends).catch((error: unknown) => {
        if (!(error instanceof PosternError)) throw error;
        return error.message;
      });
    const whole = await outcome([]);
    count[typeof whole === 'string' ? 'refusal' : 'form'] += 1;
    const ends = Array.from({ length: 4 }, () => random(body.byteLength)).sort((a, b) => a - b);
    expect([round, await outcome(ends)]).toEqual([round, whole]);
    expect([round, await outcome([...body.keys()])]).toEqual([round, whole]);
  }
  expect(Math.min(count.form, count.refusal)).toBeGreaterThan(100);
}, 180_000);

test('a slow reader of a file holds the sender back', async () => {
  let sent = 0;
  async function* large() {
    yield Buffer.from(`--bound\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n`);
    for (; sent < 64; sent++) yield Buffer.alloc(MIB, 'x');
    yield Buffer.from(`\r\n${END}`);
  }
  const { files } = await readForm(requestOf(large()), async (_, bytes) => {
    let size = 0;
    for await (const chunk of bytes) {
      if (size === 0) {
        await Bun.sleep(200);
        expect(sent).toBeLessThan(16);
      }
      size += chunk.byteLength;
    }
    return size;
  });
  expect(files).toEqual([64 * MIB]);
});

test('an error of the connection or of the reader is thrown as it is, and the rest of the form is not read', async () => {
  const cut = new Error('connection lost');
  async function* broken() {
    yield Buffer.from(file('x', 'y').slice(0, -2));
    throw cut;
  }
  expect(await rejectionOf(readForm(requestOf(broken()), takeText))).toBe(cut);
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const taken: string[] = [];
  const form = requestOf(chunked(Buffer.from(file('x', 'y').repeat(3) + END), []));
  const take = async ({ name }: FormFile) => {
    taken.push(name);
    throw full;
  };
  expect(await rejectionOf(readForm(form, take))).toBe(full);
  expect(taken.length).toBeLessThanOrEqual(3);
});

/** A request whose body starts with `start` and does not end until it is cancelled. */
function endless(start: string) {
  const cancelled = Promise.withResolvers<'cancelled'>();
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (!isFirst) await Bun.sleep(5);
      controller.enqueue(Buffer.from(isFirst ? start : 'x'));
      isFirst = false;
    },
    cancel: () => cancelled.resolve('cancelled'),
  });
  const headers = { 'Content-Type': TYPE };
  const request = new Request('http://postern.test/', { method: 'POST', headers, body });
  return { request, cancelled: cancelled.promise };
}

test('the body of a refused form is cancelled', async () => {
  const refused = {
    'before a part': '--boundary\r\n',
    'in a header': '--bound\r\nnonsense\r\n',
    'in a field': part('Content-Disposition: form-data; name="a"', 'x'.repeat(5 * MIB)),
    'in a part that is not form data': part('X: y', 'x'.repeat(2 * MIB)),
    'after the end': `${END}${'x'.repeat(2 * MIB)}`,
    'after 8 files': file('a', 'b').repeat(9),
  };
  for (const [place, start] of Object.entries(refused)) {
    const { request, cancelled } = endless(start);
    expect(await rejectionOf(readForm(request, takeText))).toBeInstanceOf(PosternError);
    expect([place, await cancelled]).toEqual([place, 'cancelled']);
  }
});

test('the body is cancelled when the reader of a file stops, also while it waits for bytes', async () => {
  const full = new Error('no space');
  const readers = {
    'before its first byte': async () => {
      throw full;
    },
    'after some bytes': async (_: FormFile, bytes: AsyncIterable<Uint8Array>) => {
      for await (const _ of bytes) throw full;
    },
    'while it waits': async (_: FormFile, bytes: AsyncIterable<Uint8Array>) => {
      const iterator = bytes[Symbol.asyncIterator]();
      await iterator.next();
      iterator.next().catch(() => {});
      throw full;
    },
  };
  for (const [time, take] of Object.entries(readers)) {
    const { request, cancelled } = endless(file('x', 'y').slice(0, -2));
    expect(await rejectionOf(readForm(request, take))).toBe(full);
    expect([time, await cancelled]).toEqual([time, 'cancelled']);
  }
});
