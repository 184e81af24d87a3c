import { expect, test } from 'bun:test';
import { Readable } from 'node:stream';
import { readForm } from './read-form.ts';

const read = async (part: string, more = '') => {
  const body = `--b\r\n${part}\r\n\r\nx\r\n${more}--b--\r\n`;
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
  return readForm(
    new Request('http://postern.test/', { method: 'POST', headers, body }),
    async ({ field, name }, bytes) => {
      for await (const _ of bytes);
      return [field, name];
    },
  );
};

test('a field without a name is refused, and whoever sends it is answered', async () => {
  for (const part of ['Content-Disposition: form-data', 'Content-Disposition: form-data; value="a"'])
    for (const more of ['', `--b\r\n${part}\r\n\r\nx\r\n`])
      await expect(read(part, more)).rejects.toThrow('a field without a name');
});

test('a file without a name, or without one of its field, has an empty one, and what is no part of a form is passed over', async () => {
  expect((await read('Content-Disposition: form-data; filename="a"')).files).toEqual([['', 'a']]);
  const nameless = 'Content-Disposition: form-data; name="a"\r\nContent-Type: application/octet-stream';
  expect((await read(nameless)).files).toEqual([['a', '']]);
  for (const part of ['Content-Disposition: attachment; name="a"', 'X: y'])
    expect((await read(part, '--b\r\nContent-Disposition: form-data; name="n"\r\n\r\nv\r\n')).fields).toEqual(
      new Map([['n', ['v']]]),
    );
});

const FILE = 'Content-Disposition: form-data; name="f"; filename="f"\r\n\r\n';

test('a part behind the end: the parser does not come to an end, but we do', async () => {
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
  const body = `--b--\r\n--b\r\n${FILE}x\r\n--b--\r\n`;
  const request = new Request('http://postern.test/', { method: 'POST', headers, body });
  const take = async (_: unknown, bytes: AsyncIterable<Uint8Array>) => void (await Array.fromAsync(bytes));
  await expect(readForm(request, take)).rejects.toThrow('not a whole form');
});

test('a form is not given up because its client or whoever takes its file is slow', async () => {
  async function* slow() {
    yield new TextEncoder().encode(`--b\r\n${FILE}`);
    await Bun.sleep(2200);
    yield new TextEncoder().encode('x\r\n--b--\r\n');
  }
  const headers = { 'Content-Type': 'multipart/form-data; boundary=b' };
  const read = (body: NonNullable<RequestInit['body']>, pause: number) =>
    readForm(new Request('http://postern.test/', { method: 'POST', headers, body }), async (_, bytes) => {
      let size = 0;
      for await (const chunk of bytes) {
        if (size === 0) await Bun.sleep(pause);
        size += chunk.byteLength;
      }
      return size;
    });
  const large = `--b\r\n${FILE}${'x'.repeat(200_000)}\r\n--b--\r\n`;
  const both = await Promise.all([read(Readable.toWeb(Readable.from(slow())) as ReadableStream, 0), read(large, 2200)]);
  expect(both.map(({ files }) => files)).toEqual([[1], [200_000]]);
}, 60_000);
