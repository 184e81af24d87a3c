import { inFlight } from '../../lib/in-flight.ts';
import { type Bucket, resultOf, type S3Object, sourceOf } from './bucket.ts';
import { isMissing } from './s3-error.ts';
import { elementsOf, escapeXml, textOf } from './s3-xml.ts';

/** An object that is being put together; nobody sees anything of it before it is complete. */
export interface Multipart {
  /** @param number from 1; all parts but the last are of one size, of 5 MiB at least. */
  put(number: number, body: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The same from an object of the bucket, or some bytes of it, which do not pass through us. */
  copy(number: number, source: S3Object, range?: { start: number; end: number }): Promise<void>;
  /** Makes it an object: what was there under the key is replaced in one instant. */
  complete(): Promise<void>;
  /** Forgets it. */
  abort(): Promise<void>;
}

/** How many parts of one object the storage copies at once. */
const COPIES = 8;

/** How large a piece of a large object is that is copied at once. */
const COPY_BYTES = 128 * 1024 * 1024;

export async function beginMultipart({ client, head }: Bucket, key: string): Promise<Multipart> {
  // When this has to be asked twice, one is left over, which the collector finds.
  const begun = await client.send({ method: 'POST', key, query: { uploads: '' } }, resultOf);
  const uploadId = textOf(begun, 'UploadId');
  const etags: string[] = [];
  const partQuery = (number: number) => ({ partNumber: String(number), uploadId });
  return {
    async put(number, body) {
      etags[number - 1] = await client.send(
        { method: 'PUT', key, query: partQuery(number), body },
        async ({ headers }) => headers.get('etag') ?? '',
      );
    },

    async copy(number, source, range) {
      const headers = sourceOf(client, source.key, source.etag);
      if (range) headers['x-amz-copy-source-range'] = `bytes=${range.start}-${range.end - 1}`;
      const result = await client.send({ method: 'PUT', key, query: partQuery(number), headers, long: true }, resultOf);
      etags[number - 1] = textOf(result, 'ETag');
    },

    async complete() {
      const parts = etags.map(
        (etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
      const began = Date.now();
      try {
        await client.send({ method: 'POST', key, query: { uploadId }, body, long: true }, resultOf);
      } catch (error) {
        // Asked a second time, because the first answer was lost, the storage knows nothing of it any more.
        const made = isMissing(error) ? await head(key) : null;
        if (!made || made.modifiedAt < began - CLOCKS_APART) throw error;
      }
    },

    abort: () =>
      client
        .send({ method: 'DELETE', key, query: { uploadId } }, async () => {})
        .catch((error) => {
          if (!isMissing(error)) throw error;
        }),
  };
}

/** Our clock and the storage's may differ by so much: more, and it would not take our signatures. */
const CLOCKS_APART = 15 * 60_000;

/** Puts objects together to a new one, in this order. All but the last are of one size, of 5 MiB at least. */
export async function assemble(bucket: Bucket, key: string, sources: readonly S3Object[]): Promise<void> {
  const pieces = sources.flatMap(inPieces);
  const [only] = pieces;
  if (pieces.length === 1 && only) return bucket.copy(only.source.key, key, only.source.etag);
  const multipart = await beginMultipart(bucket, key);
  try {
    await inFlight(pieces, COPIES, ({ source, range }, i) => multipart.copy(i + 1, source, range));
    await multipart.complete();
  } catch (error) {
    await multipart.abort().catch(() => {});
    throw error;
  }
}

function inPieces(source: S3Object): { source: S3Object; range?: { start: number; end: number } }[] {
  if (source.size <= COPY_BYTES) return [{ source }];
  return Array.from({ length: Math.ceil(source.size / COPY_BYTES) }, (_, i) => ({
    source,
    range: { start: i * COPY_BYTES, end: Math.min(source.size, (i + 1) * COPY_BYTES) },
  }));
}

/** Multipart uploads under a prefix that were never completed. */
export async function* listMultiparts({ client }: Bucket, prefix: string) {
  let markers: Record<string, string> = {};
  for (;;) {
    const page = await client.send({ method: 'GET', query: { uploads: '', prefix, ...markers } }, resultOf);
    for (const element of elementsOf(page, 'Upload')) {
      const key = textOf(element, 'Key');
      const uploadId = textOf(element, 'UploadId');
      yield {
        key,
        begunAt: Date.parse(textOf(element, 'Initiated')),
        abort: () => client.send({ method: 'DELETE', key, query: { uploadId } }, async () => {}),
      };
    }
    if (textOf(page, 'IsTruncated') !== 'true') return;
    markers = { 'key-marker': textOf(page, 'NextKeyMarker'), 'upload-id-marker': textOf(page, 'NextUploadIdMarker') };
  }
}
