import type { ProjectFacts } from '../../domain/access/facts.ts';
import { userIdOf } from '../../domain/doer.ts';
import { parseDigest, toDigest } from '../../domain/images/digest.ts';
import { addressOf, nameOf } from '../../domain/images/images.ts';
import { isImageName } from '../../domain/images/names.ts';
import type { Appended, Chunk, UploadStatus } from '../../domain/images/uploads.ts';
import type { Services } from '../../domain/services.ts';
import type { Exchange } from '../../http/route.ts';
import { ruleBroken } from '../../lib/errors.ts';
import { errorResponse } from './errors.ts';
import { parseContentRange, uploadRange } from './format.ts';

type ImageExchange = Exchange<ProjectFacts>;

export function createUploadHandlers({ access, images }: Services) {
  const { uploads, blobs } = images;

  /** Links a blob of another image, if the caller may read it there; whatever stands in the way is not told. */
  const mounted = async (exchange: ImageExchange): Promise<string | null> => {
    const { query, facts } = exchange;
    const [digest, from] = [parseDigest(query.get('mount') ?? ''), query.get('from')];
    if (!digest || from === null || !isImageName(from)) return null;
    const source = await access.project({ image: from }, userIdOf(exchange.doer));
    if (!exchange.permitOn(source, 'read_container_image').allow || source.on !== 'project') return null;
    return (await blobs.mount(addressOf(source), addressOf(facts), digest)) ? digest.text : null;
  };

  return {
    /** end-4a, end-4b, end-11: begins an upload, takes a whole blob at once, or mounts one. */
    async begin(exchange: ImageExchange): Promise<Response> {
      const { query, facts, doer } = exchange;
      const address = addressOf(facts);
      const mount = await mounted(exchange);
      if (mount !== null) return created(exchange, mount);
      checkAlgorithm(query.get('digest-algorithm'));
      const digest = query.has('digest') ? toDigest(query.get('digest')) : null;
      if (!digest) return progress(exchange, 202, await uploads.begin(address, doer));
      const { body, length } = chunkOf(exchange);
      await uploads.put(address, doer, body, digest, length);
      return created(exchange, digest.text);
    },

    /** end-5. */
    async append(exchange: ImageExchange): Promise<Response> {
      const { params, facts, doer } = exchange;
      const done = await uploads.append(addressOf(facts), params['upload'] ?? '', doer, chunkOf(exchange));
      return done.outcome === 'appended' ? progress(exchange, 202, done.status) : outOfOrder(exchange, done);
    },

    /** end-6. */
    async complete(exchange: ImageExchange): Promise<Response> {
      const { params, query, facts, doer } = exchange;
      const digest = toDigest(query.get('digest'));
      const done = await uploads.complete(addressOf(facts), params['upload'] ?? '', doer, chunkOf(exchange), digest);
      return done.outcome === 'appended' ? created(exchange, digest.text) : outOfOrder(exchange, done);
    },

    /** end-13. */
    async status(exchange: ImageExchange): Promise<Response> {
      const { params, facts, doer } = exchange;
      return progress(exchange, 204, await uploads.status(addressOf(facts), params['upload'] ?? '', doer));
    },

    /** Not in 1.1, but clients use it: forgets an upload. */
    async cancel({ params, facts, doer }: ImageExchange): Promise<Response> {
      await uploads.cancel(addressOf(facts), params['upload'] ?? '', doer);
      return new Response(null, { status: 204 });
    },
  };
}

/** Every upload can end in either algorithm, so that the one announced decides nothing. */
function checkAlgorithm(algorithm: string | null): void {
  if (algorithm !== null && algorithm !== 'sha256' && algorithm !== 'sha512')
    throw ruleBroken('The digest algorithms are sha256 and sha512.', 'digest');
}

function chunkOf({ request }: ImageExchange): Chunk {
  const length = request.headers.get('content-length');
  return {
    body: request.body,
    range: parseContentRange(request.headers.get('content-range')),
    length: length === null ? null : Number(length),
  };
}

/** Addresses are paths alone: they hold behind any proxy. */
const uploadPath = ({ facts }: ImageExchange, id: string) => `/v2/${nameOf(addressOf(facts))}/blobs/uploads/${id}`;

const progressHeaders = (exchange: ImageExchange, { id, size }: UploadStatus) => ({
  Location: uploadPath(exchange, id),
  Range: uploadRange(size),
  'Docker-Upload-UUID': id,
});

function progress(exchange: ImageExchange, status: 202 | 204, upload: UploadStatus): Response {
  return new Response(null, {
    status,
    headers: { ...progressHeaders(exchange, upload), ...(status === 202 ? { 'Content-Length': '0' } : {}) },
  });
}

function outOfOrder(exchange: ImageExchange, { status }: Appended): Response {
  const message = `The upload has ${status.size} bytes: the next chunk starts there, and is as long as it says.`;
  return errorResponse(416, [{ code: 'BLOB_UPLOAD_INVALID', message }], progressHeaders(exchange, status));
}

function created({ facts }: ImageExchange, digest: string): Response {
  return new Response(null, {
    status: 201,
    headers: {
      Location: `/v2/${nameOf(addressOf(facts))}/blobs/${digest}`,
      'Docker-Content-Digest': digest,
      'Content-Length': '0',
    },
  });
}
