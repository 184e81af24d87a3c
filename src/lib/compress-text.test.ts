import { expect, test } from 'bun:test';
import { thrown } from '../../test/support/rejection.ts';
import { compressText } from './compress-text.ts';
import { sha256Hex } from './digest.ts';

test.each([0, 1, 64 * 1024, 1_000_000])('a text of %d letters comes back, whole or in parts', async (length) => {
  const text = Array.from({ length }, (_, i) => 'aé中'[i % 3]).join('');
  const parts = text.match(/.{1,777}/g) ?? [];
  for (const given of [text, parts]) {
    const { etag, body } = await compressText(given);
    expect(etag).toBe(sha256Hex(text));
    expect(Buffer.from(Bun.gunzipSync(new Uint8Array(body))).toString()).toBe(text);
  }
});

test('other requests run while a large text is compressed', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  const line = JSON.stringify({ some: 'manifest', of: 'a package' }).repeat(20);
  await compressText(
    (function* () {
      for (let i = 0; i < 40_000; i++) yield line;
    })(),
  );
  clearInterval(timer);
  expect(turns).toBeGreaterThan(10);
});

test('an error of the parts is an error of the compressed text', async () => {
  const broken = function* () {
    for (let i = 0; i < 10; i++) yield 'x'.repeat(100_000);
    throw new Error('no more');
  };
  expect(await thrown(compressText(broken()))).toThrow('no more');
});
