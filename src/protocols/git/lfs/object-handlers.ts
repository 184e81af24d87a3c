import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { LfsObject } from '../../../domain/lfs/lfs-objects.ts';
import type { Services } from '../../../domain/services.ts';
import type { Links } from '../../../http/links.ts';
import { sendBytes } from '../../../http/replies/send-bytes.ts';
import type { RequestContext } from '../../../http/route.ts';
import { conflict, notFound, notImplemented, tooLarge, unprocessable } from '../../../lib/errors.ts';
import { lfsReply, readLfs } from './body.ts';
import { actionsAt, batchRequest, check, MAX_OBJECTS, OID, readObject, verifyRequest } from './format.ts';

type ProjectContext = RequestContext<ProjectFacts>;

export function createObjectHandlers({ lfsObjects, storage }: Services, links: Links) {
  /**
   * The objects that exceed the quota. Each object counts once, and the quota is asked once for all of them,
   * because each query may recount the stored bytes.
   */
  const overQuotaObjects = async (project: ProjectFacts['project'], coming: readonly LfsObject[]) => {
    const refusals = new Map<string, Error>();
    const sizes = new Map(coming.map(({ oid, size }) => [oid, size]));
    if (sizes.size === 0) return refusals;
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    const headroom = await storage.headroom(project, total);
    if (headroom.left >= total) return refusals;
    const refusal = await headroom.refuse(total);
    let taken = 0;
    for (const [oid, size] of sizes) {
      if (taken + size > headroom.left) refusals.set(oid, refusal);
      else taken += size;
    }
    return refusals;
  };

  /** https://github.com/git-lfs/git-lfs/blob/main/docs/api/batch.md */
  const batch = async (context: ProjectContext) => {
    const { request, facts } = context;
    const wanted = check(batchRequest, await readLfs(request));
    if (wanted.operation === 'upload') context.require('push_code');
    if (wanted.hash_algo !== 'sha256') throw conflict('The only hash algorithm here is sha256.');
    if (!wanted.transfers.includes('basic')) throw unprocessable('The only transfer here is basic.');
    if (wanted.objects.length > MAX_OBJECTS) throw tooLarge(`At most ${MAX_OBJECTS} objects go into one batch.`);
    const sent = wanted.objects.map(readObject);
    const objects = sent.filter((one): one is LfsObject => !('error' in one));
    const authorization = request.headers.get('authorization');
    const actions = actionsAt(links.repository(facts.project.full_path), authorization);
    const held = await lfsObjects.find(
      facts.project.id,
      objects.map(({ oid }) => oid),
    );
    const fetch = (object: LfsObject) => {
      const size = held.get(object.oid);
      return size === undefined
        ? absent(object)
        : { oid: object.oid, size, actions: { download: actions.download(object) } };
    };
    const sizeFits = ({ size }: LfsObject) => size <= lfsObjects.maxBytes;
    const coming = wanted.operation === 'upload' ? objects.filter((one) => !held.has(one.oid) && sizeFits(one)) : [];
    const refusals = await overQuotaObjects(facts.project, coming);
    const send = (object: LfsObject) => {
      if (held.has(object.oid)) return object;
      if (!sizeFits(object)) return over(object, lfsObjects.maxBytes);
      const refusal = refusals.get(object.oid);
      if (refusal) return full(object, refusal);
      return { ...object, actions: { upload: actions.upload(object), verify: actions.verify() } };
    };
    const serve = wanted.operation === 'upload' ? send : fetch;
    const answers = sent.map((one): Answer => ('error' in one ? one : serve(one)));
    // `authenticated` stops the client from looking for credentials; without the header it must look for them.
    const authenticated = authorization === null ? {} : { authenticated: true };
    const body = answers.map((answer) => ({ ...answer, ...('error' in answer ? {} : authenticated) }));
    return lfsReply({ transfer: 'basic', objects: body, hash_algo: 'sha256' });
  };

  const download = async ({ request, params, facts }: ProjectContext) => {
    const oid = params['oid'] ?? '';
    if (!OID.test(oid)) throw notFound('LFS object');
    return sendBytes(request, await lfsObjects.open(facts.project.id, oid), headersOf(oid));
  };

  const upload = async ({ request, body, params, facts, confirm }: ProjectContext) => {
    const object = objectOf(params);
    const length = request.headers.get('content-length');
    if (length !== null && Number(length) !== object.size)
      throw unprocessable(`Expected ${object.size} bytes, got ${length}.`);
    if (object.size > lfsObjects.maxBytes) throw tooLarge(`Objects here have at most ${lfsObjects.maxBytes} bytes.`);
    await lfsObjects.store(facts.project, object, body ?? new Blob([]).stream(), confirm);
    return new Response(null, { status: 200 });
  };

  const verify = async ({ request, facts }: ProjectContext) => {
    const object = check(verifyRequest, await readLfs(request));
    const held = await lfsObjects.find(facts.project.id, [object.oid]);
    if (held.get(object.oid) !== object.size) throw notFound('LFS object');
    return lfsReply({});
  };

  /** The API of clients before 1.0.1. */
  const legacy = () => {
    throw notImplemented('Server supports batch API only, please update your Git LFS client to version 1.0.1 and up.');
  };

  return { batch, download, upload, verify, legacy };
}

function objectOf(params: Readonly<Record<string, string>>): LfsObject {
  const { oid = '', size = '' } = params;
  if (!OID.test(oid)) throw unprocessable('The object id is not a SHA-256 in lower-case hex.');
  if (!/^\d{1,15}$/.test(size)) throw unprocessable('The size is not a number of bytes.');
  return { oid, size: Number(size) };
}

const absent = (object: LfsObject) => ({
  ...object,
  error: {
    code: 404,
    message: "Object does not exist on the server or you don't have permissions to access it",
  },
});

const over = (object: LfsObject, maxBytes: number) => ({
  ...object,
  error: { code: 422, message: `Objects here have at most ${maxBytes} bytes.` },
});

const full = (object: LfsObject, { message }: Error) => ({ ...object, error: { code: 507, message } });

/** The answer of a batch for one object. */
type Answer = LfsObject & { actions?: object; error?: { code: number; message: string } };

/**
 * The pusher chose the bytes of an object: a browser must download them and never render them. Without the file name
 * Bun would send that of the storage.
 */
const headersOf = (oid: string) => ({
  'Content-Type': 'application/octet-stream',
  'Content-Disposition': `attachment; filename="${oid}"`,
  ETag: `"${oid}"`,
  'Cache-Control': 'private, max-age=3600',
});
