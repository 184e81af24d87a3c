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

test('a name ends where it ends, whatever is in it', async () => {
  const ask = new Request('http://postern.test/');
  const reply = await fileReply(ask, bytes, { sha256: 'ab', filename: 'a"; x="\\ü\r\n' });
  expect(reply.headers.get('content-disposition')).toBe(
    `attachment; filename="a_; x=_____"; filename*=UTF-8''a%22%3B%20x%3D%22%5C%C3%BC%0D%0A`,
  );
});

test('is private to the caller and revalidated each time', async () => {
  const reply = await fileReply(new Request('http://postern.test/'), bytes, { sha256: 'ab', filename: 'a' });
  expect(reply.headers.get('cache-control')).toBe('private, max-age=0, must-revalidate');
});
