import { expect, test } from 'bun:test';
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
