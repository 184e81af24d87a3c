import type { Confirm } from '../../domain/access/confirm.ts';
import type { ProjectFacts } from '../../domain/access/facts.ts';
import { addressOf, nameOf } from '../../domain/images/address.ts';
import { parseDigest, toDigest } from '../../domain/images/digest.ts';
import { isImageName } from '../../domain/images/names.ts';
import type { Appended, Chunk, UploadStatus } from '../../domain/images/uploads.ts';
import type { Services } from '../../domain/services.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { ruleBroken } from '../../lib/errors.ts';
import { errorResponse } from './errors.ts';
import { parseContentRange, uploadRange } from './format.ts';

type ImageContext = RequestContext<ProjectFacts>;

export function createUploadHandlers({ access, images }: Services) {
  const { uploads, blobs } = images;

  /**
   * Links a blob of another image if the caller may read it there; the reason of a failure is not revealed.
   * @throws Denied when the client has a bearer token for which it did not ask to read the other image. The challenge
   * names both images, and the client requests a wider token. Nothing is looked up before: the response is the same
   * for a missing, a hidden and a readable image.
   */
  const mounted = async (context: ImageContext): Promise<string | null> => {
    const { query, facts, resource } = context;
    const digest = parseDigest(query.get('mount') ?? '');
    const from = query.get('from');
    if (!digest || from === null || !isImageName(from)) return null;
    const image = { image: from };
    if (!askedFor(context, from)) context.requireOn(facts, 'read_container_image', image);
    const source = await access.project(image, context.userId);
    if (!context.permitOn(source, 'read_container_image', image).allow || source.on !== 'project') {
      await access.completeLookUps(source, context.userId);
      return null;
    }
    const confirm: Confirm = async (tx) => {
      await context.confirm(tx);
      await context.confirmOn(source, 'read_container_image')(tx, image);
    };
    const done = await blobs.mount(addressOf(source, image), addressOf(facts, resource), digest, confirm);
    return done ? digest.text : null;
  };

  return {
    /** end-4a, end-4b, end-11: begins an upload, takes a whole blob at once, or mounts one. */
    async begin(context: ImageContext): Promise<Response> {
      const { query, facts, resource } = context;
      const address = addressOf(facts, resource);
      const mount = await mounted(context);
      if (mount !== null) return created(context, mount);
      checkAlgorithm(query.get('digest-algorithm'));
      const digest = query.has('digest') ? toDigest(query.get('digest')) : null;
      if (!digest) return progress(context, 202, await uploads.begin(address, context));
      const { body, length } = chunkOf(context);
      await uploads.put(address, context, body, digest, length);
      return created(context, digest.text);
    },

    /** end-5. */
    async append(context: ImageContext): Promise<Response> {
      const { params, facts, resource } = context;
      const done = await uploads.append(addressOf(facts, resource), params['upload'] ?? '', chunkOf(context));
      return done.outcome === 'appended' ? progress(context, 202, done.status) : outOfOrder(context, done);
    },

    /** end-6. */
    async complete(context: ImageContext): Promise<Response> {
      const { params, query, facts, resource } = context;
      const digest = toDigest(query.get('digest'));
      const done = await uploads.complete(
        addressOf(facts, resource),
        params['upload'] ?? '',
        context,
        chunkOf(context),
        digest,
      );
      return done.outcome === 'appended' ? created(context, digest.text) : outOfOrder(context, done);
    },

    /** end-13. */
    async status(context: ImageContext): Promise<Response> {
      const { params, facts, resource } = context;
      return progress(context, 204, await uploads.status(addressOf(facts, resource), params['upload'] ?? ''));
    },

    /** Not in 1.1, but clients use it: forgets an upload. */
    async cancel({ params, facts, resource }: ImageContext): Promise<Response> {
      await uploads.cancel(addressOf(facts, resource), params['upload'] ?? '');
      return new Response(null, { status: 204 });
    },
  };
}

/** Whether the client has no bearer token, or requested it for this image too: then another one would be the same. */
const askedFor = ({ actor: { grants } }: ImageContext, image: string): boolean =>
  grants === undefined || grants.some(({ type, name }) => type === 'repository' && name === image);

/** Every upload can end in either algorithm, so that the one announced decides nothing. */
function checkAlgorithm(algorithm: string | null): void {
  if (algorithm !== null && algorithm !== 'sha256' && algorithm !== 'sha512')
    throw ruleBroken('The digest algorithms are sha256 and sha512.', 'digest');
}

function chunkOf({ request, body }: ImageContext): Chunk {
  const length = request.headers.get('content-length');
  return {
    body,
    range: parseContentRange(request.headers.get('content-range')),
    length: length === null ? null : Number(length),
  };
}

/** Addresses are paths alone: they hold behind any proxy. */
const uploadPath = ({ facts, resource }: ImageContext, id: string) =>
  `/v2/${nameOf(addressOf(facts, resource))}/blobs/uploads/${id}`;

const progressHeaders = (context: ImageContext, { id, size }: UploadStatus) => ({
  Location: uploadPath(context, id),
  Range: uploadRange(size),
  'Docker-Upload-UUID': id.slice(0, id.indexOf('.')),
});

function progress(context: ImageContext, status: 202 | 204, upload: UploadStatus): Response {
  return new Response(null, {
    status,
    headers: {
      ...progressHeaders(context, upload),
      ...defined({ 'Content-Length': status === 202 ? '0' : undefined }),
    },
  });
}

function outOfOrder(context: ImageContext, { status }: Appended): Response {
  const message = `The upload has ${status.size} bytes: the next chunk starts there, and is as long as it says.`;
  return errorResponse(416, [{ code: 'BLOB_UPLOAD_INVALID', message }], progressHeaders(context, status));
}

function created({ facts, resource }: ImageContext, digest: string): Response {
  return new Response(null, {
    status: 201,
    headers: {
      Location: `/v2/${nameOf(addressOf(facts, resource))}/blobs/${digest}`,
      'Docker-Content-Digest': digest,
      'Content-Length': '0',
    },
  });
}
