import { expect, test } from 'bun:test';
import { thrown } from '../../../test/support/rejection.ts';
import { bodyDigests, compared, fileDigests } from './announced-digests.ts';
import { readBody } from './read-body.ts';

type Algorithm = 'md5' | 'sha1' | 'sha256' | 'sha512';
const digest = (algorithm: Algorithm, encoding: 'hex' | 'base64', text = 'bytes') =>
  new Bun.CryptoHasher(algorithm).update(text).digest(encoding);

const put = (headers: Record<string, string>, method = 'PUT') =>
  new Request('http://postern.test/', { method, headers, body: 'bytes' });

/** @returns the error of comparing the body `bytes` with these headers; null: there is none. */
const outcomeOf = (headers: Record<string, string>, method = 'PUT') =>
  readBody(put(headers, method), 100).then(
    () => null,
    (error: Error) => error.message,
  );

const HEADERS: readonly (readonly [header: string, shown: (text: string) => string])[] = [
  ['X-Checksum-Md5', (text) => digest('md5', 'hex', text)],
  ['X-Checksum-Sha1', (text) => digest('sha1', 'hex', text).toUpperCase()],
  ['X-Checksum-Sha256', (text) => digest('sha256', 'hex', text)],
  ['X-Checksum-Sha512', (text) => digest('sha512', 'hex', text)],
  ['Content-MD5', (text) => digest('md5', 'base64', text)],
  ['Digest', (text) => `UNIXsum=30637, SHA-256=${digest('sha256', 'base64', text)}`],
  ['Digest', (text) => `md5=${digest('md5', 'base64', text)},SHA=${digest('sha1', 'base64', text)}`],
  ['Content-Digest', (text) => `sha-512=:${digest('sha512', 'base64', text)}:`],
  ['Repr-Digest', (text) => `crc32c=:AAAAAA==:, sha-256=:${digest('sha256', 'base64', text)}:;p=1`],
];

test('a body that differs from a digest in a header is refused, however the digest is written', async () => {
  for (const [header, shown] of HEADERS) {
    expect([header, await outcomeOf({ [header]: shown('bytes') })]).toEqual([header, null]);
    expect([header, await outcomeOf({ [header]: shown('other') })]).toEqual([
      header,
      `The body differs from ${header}`,
    ]);
    // Of several digests each is compared.
    const good = { 'X-Checksum-Sha1': digest('sha1', 'hex'), 'Content-MD5': digest('md5', 'base64') };
    expect(await outcomeOf({ ...good, [header]: shown('other') })).toBe(`The body differs from ${header}`);
  }
});

test('a value that is no digest is refused, and an algorithm that is not known is ignored', async () => {
  for (const [header, value] of [
    ['X-Checksum-Sha1', 'none'],
    ['X-Checksum-Sha1', digest('sha256', 'hex')],
    ['Content-MD5', digest('md5', 'hex')],
    ['Content-Digest', 'sha-256=::'],
    ['Digest', `sha-256=:${digest('md5', 'base64')}:`],
  ] as const)
    expect([value, await outcomeOf({ [header]: value })]).toEqual([value, `${header} is invalid`]);
  expect(await outcomeOf({ Digest: 'UNIXsum=1, id-sha-256=x', 'Content-Digest': 'crc32c=:AAAA:' })).toBeNull();
  expect(bodyDigests(put({ Digest: 'unixsum=1,'.repeat(100_000) }))).toEqual([]);
});

test('only what the body of a PUT is announced to be is compared', async () => {
  const other = digest('sha256', 'base64', 'other');
  expect(await outcomeOf({ 'X-Checksum-Sha1': digest('sha1', 'hex', 'other') }, 'POST')).toBeNull();
  // A part of the file has another digest than the file.
  expect(await outcomeOf({ Digest: `sha-256=${other}`, 'Content-Range': '0-4' })).toBeNull();
  expect(await outcomeOf({ 'Content-Digest': `sha-256=:${other}:`, 'Content-Range': '0-4' })).not.toBeNull();
  // In a form the checksum is of the file, and the other digests are of the form.
  const form = { 'Content-Type': 'multipart/form-data; boundary=x', 'X-Checksum-Md5': digest('md5', 'hex', 'other') };
  expect(await outcomeOf(form)).toBeNull();
  const file = compared(new Blob(['bytes']).stream(), fileDigests(put(form).headers));
  expect(await thrown(Array.fromAsync(file))).toThrow('The body differs from X-Checksum-Md5');
});
