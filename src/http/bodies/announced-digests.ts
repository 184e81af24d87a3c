import { invalidParameter } from '../../lib/errors.ts';
import { hashed } from '../../lib/hashed.ts';

const HEX_LENGTHS = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const;

type Algorithm = keyof typeof HEX_LENGTHS;

/** A digest that a client announces of the bytes that it sends. */
interface Announced {
  header: string;
  algorithm: Algorithm;
  /** In hex. */
  digest: string;
}

/** Headers of Artifactory, which also Maven, Gradle and many scripts send: the digest of a file, in hex. */
const FILE_HEADERS = {
  'X-Checksum-Md5': 'md5',
  'X-Checksum-Sha1': 'sha1',
  'X-Checksum-Sha256': 'sha256',
  'X-Checksum-Sha512': 'sha512',
} as const satisfies Record<string, Algorithm>;

/** Names of algorithms in `Digest` (RFC 3230) and `Content-Digest` (RFC 9530), in lower case. Others are ignored. */
const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  md5: 'md5',
  sha: 'sha1',
  'sha-256': 'sha256',
  'sha-512': 'sha512',
};

/** All headers with a digest. Most requests have none of them, and nothing more is looked for. */
const ALL_HEADERS = [...Object.keys(FILE_HEADERS), 'Content-MD5', 'Content-Digest', 'Digest', 'Repr-Digest'];

/** Entries of one header that are read. */
const MAX_ENTRIES = 16;

/**
 * The announced digests of the uploaded file, which is the whole body or a part of a form.
 * @throws PosternError `invalid` for a value that is no digest.
 */
export function fileDigests(headers: Headers): Announced[] {
  return Object.entries(FILE_HEADERS).flatMap(([header, algorithm]) => {
    const value = headers.get(header);
    return value === null ? [] : { header, algorithm, digest: checkHex(header, algorithm, value.trim()) };
  });
}

/**
 * The announced digests of the body of a request. Those of the file are among them unless the body is a form.
 * @throws PosternError `invalid` for a value that is no digest.
 */
export function bodyDigests({ method, headers }: Pick<Request, 'method' | 'headers'>): Announced[] {
  if (method !== 'PUT' || !ALL_HEADERS.some((name) => headers.has(name))) return [];
  const isForm = /^multipart\//i.test(headers.get('content-type') ?? '');
  // `Digest` and `Repr-Digest` are of the whole file, of which a part may be sent.
  const whole = headers.has('content-range') ? [] : ['Digest', 'Repr-Digest'];
  const md5 = headers.get('content-md5');
  return [
    ...(isForm ? [] : fileDigests(headers)),
    ...['Content-Digest', ...whole].flatMap((header) => listed(header, headers.get(header) ?? '')),
    ...(md5 === null ? [] : [announced('Content-MD5', 'md5', md5.trim())]),
  ];
}

/** `sha-256=:...:` or `SHA-256=...`, in base64, separated by commas. */
function listed(header: string, value: string): Announced[] {
  return value.split(',', MAX_ENTRIES).flatMap((entry) => {
    const equals = entry.indexOf('=');
    const algorithm = ALGORITHMS[entry.slice(0, equals).trim().toLowerCase()];
    const [text = ''] = entry.slice(equals + 1).split(';', 1);
    return algorithm ? announced(header, algorithm, text.trim().replace(/^:(.*):$/, '$1')) : [];
  });
}

function announced(header: string, algorithm: Algorithm, base64: string): Announced {
  const hex = /^[A-Za-z0-9+/]+={0,2}$/.test(base64) ? Buffer.from(base64, 'base64').toString('hex') : '';
  return { header, algorithm, digest: checkHex(header, algorithm, hex) };
}

function checkHex(header: string, algorithm: Algorithm, text: string): string {
  const digest = text.toLowerCase();
  if (digest.length !== HEX_LENGTHS[algorithm] || !/^[0-9a-f]+$/.test(digest))
    throw invalidParameter(`${header} is invalid`, `It is not a digest by ${algorithm.toUpperCase()}.`);
  return digest;
}

/** The same bytes. @throws PosternError `invalid` after the last when their digest differs from an announced one. */
export function compared(body: AsyncIterable<Uint8Array>, digests: readonly Announced[]): AsyncIterable<Uint8Array> {
  return digests.length === 0 ? body : comparing(body, digests);
}

async function* comparing(body: AsyncIterable<Uint8Array>, digests: readonly Announced[]): AsyncGenerator<Uint8Array> {
  const hashers = new Map(digests.map(({ algorithm }) => [algorithm, new Bun.CryptoHasher(algorithm)]));
  yield* hashed(body, ...hashers.values());
  const found = new Map([...hashers].map(([algorithm, hasher]) => [algorithm, hasher.digest('hex')]));
  for (const { header, algorithm, digest } of digests)
    if (found.get(algorithm) !== digest)
      throw invalidParameter(
        `The body differs from ${header}`,
        `Its ${algorithm.toUpperCase()} is ${found.get(algorithm)}. Send the file again.`,
      );
}
