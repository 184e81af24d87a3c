import { AwsV4Signer } from 'aws4fetch';
import { codeOf } from '../../lib/code-of.ts';
import { sha256Hex } from '../../lib/digest.ts';
import type { Secret } from '../../lib/secret.ts';
import { S3Error } from './s3-error.ts';
import { parseError } from './s3-xml.ts';

/** Where a bucket is. */
export interface S3Address {
  /** Base URL without a slash at the end. */
  endpoint: string;
  region: string;
  bucket: string;
  /** The bucket is the first part of the path; otherwise of the host. */
  pathStyle: boolean;
}

export interface S3Keys {
  id: Secret;
  secret: Secret;
}

/** How long we wait for the storage, and how often we ask again. */
export interface RetryPolicy {
  /** How often a request is sent at most. */
  attempts: number;
  /** Before the second; before each further one three times as long, more or less. */
  firstDelayMs: number;
  /** For one that brings or takes some megabytes at most. */
  timeoutMs: number;
  /** For one that makes the storage work: to put parts together, to copy. */
  longTimeoutMs: number;
}

export const DEFAULT_RETRIES: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 100,
  timeoutMs: 60_000,
  longTimeoutMs: 300_000,
};

export interface S3Request {
  method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Absent: the bucket itself. */
  key?: string;
  query?: Readonly<Record<string, string>>;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer> | string;
  /** It makes the storage work. */
  long?: boolean;
  /** Asked once and no more. */
  once?: boolean;
}

export interface S3Client {
  readonly bucket: string;
  readonly retries: RetryPolicy;
  /**
   * Sends a request, again when it may help; the answer is read within the same retries. Every request that is sent
   * through here has the same effect however often it arrives.
   * @throws S3Error
   */
  send<T>(request: S3Request, read: (response: Response) => Promise<T>): Promise<T>;
  /**
   * A URL at which anyone who has it may GET an object for a limited time.
   * @param base the address of the storage as its readers reach it.
   */
  presign(base: string, key: string, query: Readonly<Record<string, string>>, seconds: number): Promise<string>;
}

/**
 * Requests to one bucket, signed (AWS Signature Version 4). The bytes we send are signed with them, so that what
 * arrives is what we hashed.
 */
export function createS3Client(address: S3Address, keys: S3Keys, retries: RetryPolicy = DEFAULT_RETRIES): S3Client {
  const signingKeys = new Map<string, ArrayBuffer>();
  const sign = (url: URL, request: S3Request, more: { signQuery?: boolean; headers?: Record<string, string> }) =>
    new AwsV4Signer({
      method: request.method,
      url: url.href,
      accessKeyId: keys.id.reveal(),
      secretAccessKey: keys.secret.reveal(),
      service: 's3',
      region: address.region,
      cache: signingKeys,
      ...more,
    }).sign();

  const attempt = async <T>(request: S3Request, read: (response: Response) => Promise<T>): Promise<T> => {
    const body = request.body ?? '';
    const headers = { ...request.headers, 'X-Amz-Content-Sha256': body === '' ? EMPTY : sha256Hex(body) };
    const signed = await sign(urlOf(address.endpoint, address, request.key, request.query), request, { headers });
    const cut = AbortSignal.timeout(request.long ? retries.longTimeoutMs : retries.timeoutMs);
    const sent = request.method === 'PUT' || request.method === 'POST' ? { body } : {};
    const { method } = request;
    const response = await fetch(signed.url, {
      method,
      headers: signed.headers,
      ...sent,
      signal: cut,
      redirect: 'manual',
    });
    if (!response.ok) throw await refusalOf(request, response);
    return read(response);
  };

  return {
    bucket: address.bucket,
    retries,
    async send(request, read) {
      for (let count = 1; ; count++) {
        try {
          return await attempt(request, read);
        } catch (error) {
          const failure = error instanceof S3Error ? error : unanswered(request, error);
          if (!failure.passes || request.once || count >= retries.attempts) throw failure;
          await Bun.sleep(retries.firstDelayMs * 3 ** (count - 1) * (0.5 + Math.random()));
        }
      }
    },

    async presign(base, key, query, seconds) {
      const url = urlOf(base, address, key, { ...query, 'X-Amz-Expires': String(seconds) });
      return written((await sign(url, { method: 'GET' }, { signQuery: true })).url);
    },
  };
}

const EMPTY = sha256Hex('');

/** The URL of an object, or of the bucket. Keys are made of digests and ids alone. */
function urlOf(base: string, address: S3Address, key = '', query: Readonly<Record<string, string>> = {}): URL {
  const url = new URL(base);
  if (!address.pathStyle) url.host = `${address.bucket}.${url.host}`;
  url.pathname = `${address.pathStyle ? `/${address.bucket}` : ''}/${key}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  url.search = url.search.replaceAll('+', '%20');
  return url;
}

/** A space is signed as %20: some storages do not take a plus for one. */
const written = (url: URL) => url.href.replace(/\?.*$/, (query) => query.replaceAll('+', '%20'));

const nameOf = ({ method, key = '' }: S3Request) => `${method} ${key === '' ? 'the bucket' : key}`;

async function refusalOf(request: S3Request, response: Response): Promise<S3Error> {
  const said = parseError(await response.text().catch(() => ''));
  const code = said?.code || (response.statusText || 'refused').replaceAll(' ', '');
  return new S3Error(nameOf(request), response.status, code, said?.message ?? '');
}

/** No connection, one that was cut, or no answer in time. */
function unanswered(request: S3Request, error: unknown): S3Error {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  if (name === 'TimeoutError') return new S3Error(nameOf(request), 0, 'Timeout', 'no answer in time');
  const code = codeOf(error);
  return new S3Error(nameOf(request), 0, code ?? name, code === undefined ? message : '');
}
