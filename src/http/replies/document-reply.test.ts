import { expect, test } from 'bun:test';
import { compressText } from '../../lib/compress-text.ts';
import { documentReply } from './document-reply.ts';

/** @returns what is sent of a text, whether it was streamed, and its length as it was announced. */
async function reply(text: string, { encoding = '', method = 'GET' } = {}) {
  let streamed = false;
  const track = (body: ReadableStream<Uint8Array>) => {
    streamed = true;
    return body;
  };
  const request = new Request('http://postern.test/', { method, headers: { 'Accept-Encoding': encoding } });
  const answer = await documentReply({ request, track }, await compressText(text), 'text/plain');
  const length = answer.headers.get('content-length');
  return { sent: await answer.bytes(), streamed, length: length === null ? null : Number(length) };
}

test('small content is decompressed at once and sent with its length', async () => {
  const text = 'small '.repeat(1000);
  expect(await reply(text)).toEqual({ sent: new Uint8Array(Buffer.from(text)), streamed: false, length: 6000 });
  expect(await reply(text, { method: 'HEAD' })).toEqual({ sent: new Uint8Array(), streamed: false, length: 6000 });
});

test("large content is decompressed in pieces for clients that don't accept its encoding", async () => {
  const text = 'very much of the same '.repeat(500_000);
  const { sent, ...how } = await reply(text);
  expect(Buffer.from(sent).equals(Buffer.from(text))).toBe(true);
  expect(how).toEqual({ streamed: true, length: null });
  const zipped = await reply(text, { encoding: 'gzip' });
  expect(Buffer.from(Bun.gunzipSync(new Uint8Array(zipped.sent))).equals(Buffer.from(text))).toBe(true);
  expect([zipped.streamed, zipped.length]).toEqual([false, zipped.sent.length]);
  const head = await reply(text, { method: 'HEAD' });
  expect([head.sent.length, head.length]).toEqual([0, null]);
});
