import { defined } from '../../lib/defined.ts';
import type { S3Client } from './s3-client.ts';
import { isMissing } from './s3-error.ts';
import { elementsOf, parseError, parseResult, textOf } from './s3-xml.ts';

/** An object, as a listing or a HEAD describes it. */
export interface S3Object {
  key: string;
  size: number;
  /** Milliseconds since 1970, by the clock of the storage. */
  modifiedAt: number;
  /** Another one for other bytes; nothing else is to be read from it. */
  etag: string;
}

export type Bucket = ReturnType<typeof createBucket>;

/** The operations of S3 on the objects of a bucket. Failures throw S3Error. */
export function createBucket(client: S3Client) {
  const head = async (key: string): Promise<S3Object | null> => {
    const { send } = client;
    return send({ method: 'HEAD', key }, async ({ headers }) => ({
      key,
      size: Number(headers.get('content-length')),
      modifiedAt: Date.parse(headers.get('last-modified') ?? ''),
      etag: headers.get('etag') ?? '',
    })).catch((error) => {
      if (isMissing(error)) return null;
      throw error;
    });
  };

  return {
    client,
    head,

    /** Puts a whole object, or replaces it. @returns its entity tag. */
    put: (key: string, body: Uint8Array<ArrayBuffer>): Promise<string> =>
      client.send({ method: 'PUT', key, body }, async ({ headers }) => headers.get('etag') ?? ''),

    /**
     * Some bytes of an object, from `start` up to and without `end`.
     * @param etag the entity tag that the object must still have.
     */
    async get(key: string, start: number, end: number, etag?: string): Promise<Uint8Array<ArrayBuffer>> {
      if (end <= start) return new Uint8Array(0);
      const headers = { Range: `bytes=${start}-${end - 1}`, ...defined({ 'If-Match': etag }) };
      return client.send({ method: 'GET', key, headers }, async (response) => {
        const bytes = new Uint8Array(await response.arrayBuffer());
        // A connection that is cut can look like an end.
        if (bytes.byteLength !== end - start) throw new Error(`${bytes.byteLength} bytes came of ${end - start}`);
        return bytes;
      });
    },

    /** Copies an object of up to 5 GB within the bucket. @param etag what the source must still be. */
    copy: (from: string, to: string, etag: string): Promise<void> =>
      client.send({ method: 'PUT', key: to, headers: sourceOf(client, from, etag), long: true }, async (response) => {
        await resultOf(response);
      }),

    /** Removing one that is not there is no error. */
    delete: (key: string): Promise<void> => client.send({ method: 'DELETE', key }, async () => {}).catch(ifMissing),

    /** The same, sent once alone: what is sent again may arrive at any time later. */
    deleteOnce: (key: string): Promise<void> =>
      client.send({ method: 'DELETE', key, once: true }, async () => {}).catch(ifMissing),

    /** Every object whose key starts so, by key in ASCII order. */
    async *list(prefix: string): AsyncGenerator<S3Object> {
      for (let token: string | undefined; ; ) {
        const query = { 'list-type': '2', prefix, ...defined({ 'continuation-token': token }) };
        const page = await client.send({ method: 'GET', query }, resultOf);
        for (const element of elementsOf(page, 'Contents'))
          yield {
            key: textOf(element, 'Key'),
            size: Number(textOf(element, 'Size')),
            modifiedAt: Date.parse(textOf(element, 'LastModified')),
            etag: textOf(element, 'ETag'),
          };
        token = textOf(page, 'NextContinuationToken');
        if (textOf(page, 'IsTruncated') !== 'true' || token === '') return;
      }
    },

    /** Asks once whether the bucket is there and lets us in. */
    check: (): Promise<void> =>
      client.send({ method: 'GET', query: { 'list-type': '2', 'max-keys': '1' }, once: true }, async () => {}),
  };
}

const ifMissing = (error: unknown): void => {
  if (!isMissing(error)) throw error;
};

/** The headers that name another object of the bucket as the source of a copy. */
export function sourceOf({ bucket }: S3Client, from: string, etag: string): Record<string, string> {
  return { 'x-amz-copy-source': `/${bucket}/${from}`, 'x-amz-copy-source-if-match': etag };
}

/** The content of an answer; long operations are answered with 200 before their result is known. */
export async function resultOf(response: Response): Promise<ReturnType<typeof parseResult>> {
  const text = await response.text();
  const failed = parseError(text);
  // As an answer that never came: it is asked for again.
  if (failed) throw new Error(`${failed.code}: ${failed.message}`);
  return parseResult(text);
}
