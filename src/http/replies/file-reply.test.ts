import { expect, test } from 'bun:test';
import type { StoredBytes } from '../../lib/stored-bytes.ts';
import { fileReply } from './file-reply.ts';

const blob = new Blob(['0123456789']);
const bytes: StoredBytes = {
  size: blob.size,
  read: async (start, end) => blob.slice(start, end),
  stream: () => blob.stream(),
  address: async () => null,
};

const FILE = { sha256: 'ab', modifiedAt: Date.UTC(2026, 2, 1, 12, 0, 0, 500), filename: 'a' };
const DATE = 'Sun, 01 Mar 2026 12:00:00 GMT';

test('a name ends where it ends, whatever is in it', async () => {
  const ask = new Request('http://postern.test/');
  const reply = await fileReply(ask, bytes, { ...FILE, filename: 'a"; x="\\ü\r\n' });
  expect(reply.headers.get('content-disposition')).toBe(
    `attachment; filename="a_; x=_____"; filename*=UTF-8''a%22%3B%20x%3D%22%5C%C3%BC%0D%0A`,
  );
});

test('is private to the caller and revalidated each time', async () => {
  const reply = await fileReply(new Request('http://postern.test/'), bytes, FILE);
  expect(reply.headers.get('cache-control')).toBe('private, max-age=0, must-revalidate');
});

test('a name is written as RFC 8187 has it, with no character that ends or escapes it', async () => {
  const shown = async (filename: string) => {
    const reply = await fileReply(new Request('http://postern.test/'), bytes, { ...FILE, filename });
    return reply.headers.get('content-disposition')?.replace('attachment; ', '');
  };
  expect(await shown("it's (1)*, a=b:c.txt")).toBe(
    `filename="it's (1)*, a=b:c.txt"; filename*=UTF-8''it%27s%20%281%29%2A%2C%20a%3Db%3Ac.txt`,
  );
  expect(await shown('100%41 Grüße.txt')).toBe(
    `filename="100_41 Gr__e.txt"; filename*=UTF-8''100%2541%20Gr%C3%BC%C3%9Fe.txt`,
  );
});

test('has the date of the publication, and is sent again only to a client that has an older one', async () => {
  const statusFor = async (headers: Record<string, string>) =>
    (await fileReply(new Request('http://postern.test/', { headers }), bytes, FILE)).status;
  const reply = await fileReply(new Request('http://postern.test/', { method: 'HEAD' }), bytes, FILE);
  expect(reply.headers.get('last-modified')).toBe(DATE);
  const cases: [Record<string, string>, number][] = [
    [{ 'If-Modified-Since': DATE }, 304],
    [{ 'If-Modified-Since': 'Sun, 01 Mar 2026 11:59:59 GMT' }, 200],
    [{ 'If-Modified-Since': 'Mon, 02 Mar 2026 00:00:00 GMT' }, 304],
    [{ 'If-Modified-Since': 'yesterday' }, 200],
    [{ 'If-Modified-Since': DATE, 'If-None-Match': '"other"' }, 200],
    [{ 'If-Modified-Since': 'Sun, 01 Mar 2026 11:59:59 GMT', 'If-None-Match': '"ab"' }, 304],
  ];
  for (const [headers, status] of cases) expect([headers, await statusFor(headers)]).toEqual([headers, status]);
});
