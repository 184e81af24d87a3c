import type { ProjectFacts } from '../../domain/access/facts.ts';
import { addressOf, nameOf } from '../../domain/images/address.ts';
import { toDigest } from '../../domain/images/digest.ts';
import { isReference, type StoredManifest } from '../../domain/images/manifests.ts';
import { isTag } from '../../domain/images/names.ts';
import type { Services } from '../../domain/services.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import { isCurrent } from '../../http/replies/conditions.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { notFound } from '../../lib/errors.ts';
import { type MaybePromise, thenMaybe } from '../../lib/maybe-promise.ts';
import { errorResponse } from './errors.ts';
import { linked, paged, pageOf } from './format.ts';
import { MAX_MANIFEST_BYTES, OCI_INDEX, parseManifest } from './manifest.ts';

/** Of what a manifest refers to and is not there so many are named: tens of thousands fit into one. */
const MAX_NAMED = 100;

type ImageContext = RequestContext<ProjectFacts>;

export function createManifestHandlers({ images }: Services) {
  const { manifests } = images;

  return {
    /** end-3. The stored manifest is sent, whatever `Accept` says: a client that cannot read it reports that itself. */
    get({ request, params, facts, resource }: ImageContext): MaybePromise<Response> {
      const reference = params['reference'] ?? '';
      if (!isReference(reference)) throw notFound('manifest');
      return thenMaybe(manifests.get(addressOf(facts, resource), reference), (found) => send(request, found));
    },

    /** end-7a, end-7b. */
    async put({ request, params, query, facts, resource, confirm }: ImageContext): Promise<Response> {
      const address = addressOf(facts, resource);
      const reference = params['reference'] ?? '';
      const tags = query.getAll('tag');
      const bytes = await readBody(request, MAX_MANIFEST_BYTES);
      const manifest = parseManifest(bytes, request.headers.get('content-type'));
      const done = await manifests.put(address, reference, tags, { manifest, bytes }, confirm);
      if (done.outcome === 'missing') {
        const message = 'The image has no such blob or manifest: push what a manifest refers to before it.';
        return errorResponse(
          400,
          done.digests
            .slice(0, MAX_NAMED)
            .map((digest) => ({ code: 'MANIFEST_BLOB_UNKNOWN', message, detail: { digest } })),
        );
      }
      return new Response(null, {
        status: 201,
        headers: {
          Location: `/v2/${nameOf(address)}/manifests/${done.digest}`,
          'Docker-Content-Digest': done.digest,
          'Content-Length': '0',
          ...defined({
            'OCI-Subject': done.subject ?? undefined,
            'OCI-Tag': tags.length > 0 && reference.includes(':') ? tags.join(', ') : undefined,
          }),
        },
      });
    },

    /** end-9. */
    async remove(context: ImageContext): Promise<Response> {
      const { params, facts, resource } = context;
      await manifests.remove(addressOf(facts, resource), params['reference'] ?? '', context);
      return removed();
    },

    /**
     * Removes a tag, and never what it is on.
     * https://gitlab.com/gitlab-org/container-registry/-/merge_requests/51
     */
    async removeTag(context: ImageContext): Promise<Response> {
      const { params, facts, resource } = context;
      const tag = params['tag'] ?? '';
      if (!isTag(tag)) throw notFound('manifest');
      await manifests.remove(addressOf(facts, resource), tag, context);
      return removed();
    },

    /** end-8a, end-8b. */
    async tags({ query, facts, resource }: ImageContext): Promise<Response> {
      const address = addressOf(facts, resource);
      const { after, limit } = pageOf(query);
      const name = nameOf(address);
      const found = await manifests.tags(address, { after, limit: limit + 1 });
      const { items, headers } = paged(found, limit, `/v2/${name}/tags/list`, (tag) => tag);
      return Response.json({ name, tags: items }, { headers: headers });
    },

    /** end-12a, end-12b. */
    async referrers({ params, query, facts, resource }: ImageContext): Promise<Response> {
      const address = addressOf(facts, resource);
      const { after, limit } = pageOf(query);
      const subject = toDigest(params['digest'] ?? '');
      const artifactType = query.get('artifactType') || null;
      const found = await manifests.referrers(address, subject, { artifactType, after }, limit);
      const path = `/v2/${nameOf(address)}/referrers/${subject.text}`;
      const filter = artifactType === null ? {} : { artifactType };
      const { items, headers } = linked(found, limit, path, (row) => row.digest, filter);
      const index = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: items.map(toDescriptor) };
      return new Response(JSON.stringify(index), {
        headers: {
          ...headers,
          'Content-Type': OCI_INDEX,
          ...defined({ 'OCI-Filters-Applied': artifactType === null ? undefined : 'artifactType' }),
        },
      });
    },

    /** Docker's, not in OCI: all images of the server. */
    async catalogue({ query }: RequestContext<unknown>): Promise<Response> {
      const { after, limit } = pageOf(query);
      const found = await images.names({ after, limit: limit + 1 });
      const { items, headers } = paged(found, limit, '/v2/_catalog', (name) => name);
      return Response.json({ repositories: items }, { headers: headers });
    },
  };
}

const removed = () => new Response(null, { status: 202, headers: { 'Content-Length': '0' } });

function send(request: Request, { digest, mediaType, subject, body }: StoredManifest): Response {
  const headers: Record<string, string> = {
    'Content-Type': mediaType,
    'Docker-Content-Digest': digest,
    ETag: `"${digest}"`,
  };
  if (subject !== null) headers['OCI-Subject'] = subject;
  if (isCurrent(request.headers, `"${digest}"`)) return new Response(null, { status: 304, headers });
  headers['Content-Length'] = String(body.byteLength);
  return new Response(request.method === 'HEAD' ? null : body, { headers });
}

interface Listed {
  media_type: string;
  digest: string;
  size: number;
  artifact_type: string | null;
  annotations: string | null;
}

const toDescriptor = ({ media_type, digest, size, artifact_type, annotations }: Listed) => ({
  mediaType: media_type,
  digest,
  size,
  ...defined({
    artifactType: artifact_type ?? undefined,
    annotations: annotations === null ? undefined : (JSON.parse(annotations) as Record<string, string>),
  }),
});
