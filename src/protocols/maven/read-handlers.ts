import { type PackageDocument, wholeOf } from '../../domain/packages/document-store.ts';
import type { Services } from '../../domain/services.ts';
import type { LevelContext } from '../../http/packages/at-each-level.ts';
import type { PackageLookup } from '../../http/packages/package-lookup.ts';
import { dated } from '../../http/replies/dated-reply.ts';
import { documentReply } from '../../http/replies/document-reply.ts';
import { fileReply } from '../../http/replies/file-reply.ts';
import { notFound } from '../../lib/errors.ts';
import { type Digest, type FileAddress, parseAddress, type SnapshotAddress } from './format.ts';

export function createReadHandlers({ packages }: Services, lookup: PackageLookup) {
  const sendFile = async (context: LevelContext, { name, version, file, digest }: FileAddress) => {
    const project = await lookup.projectWith(context, name, version);
    const address = { type: 'maven', name };
    if (digest) {
      const [found] = await packages.filesNamed(project, address, version, file);
      if (!found) throw notFound('package file');
      return digestReply(context.request, found[digest] ?? '', found.created_at);
    }
    const found = await packages.file(project, address, version, file);
    context.disableIdleTimeout();
    const { sha256, created_at: modifiedAt } = found;
    const reply = await fileReply(context.request, await packages.open(found), { sha256, modifiedAt, filename: file });
    return withDigests(reply, { sha1: found.sha1 ?? '', md5: found.md5 ?? '' });
  };

  const ofSnapshot = async (context: LevelContext, { name, version }: SnapshotAddress): Promise<PackageDocument> => {
    const project = await lookup.projectWith(context, name, version);
    const found = await packages.find(project, { type: 'maven', name });
    return packages.documents.readOfVersion(found, version, 'snapshot');
  };

  const ofFolder = async (context: LevelContext, name: string): Promise<PackageDocument> =>
    packages.documents.read(await lookup.packages(context, name), 'folder');

  return {
    async get(context: LevelContext): Promise<Response> {
      const address = parseAddress(context.params['path'] ?? '');
      if (!address) throw notFound('package file');
      if (address.kind === 'file') return sendFile(context, address);
      const document = await (address.kind === 'folder'
        ? ofFolder(context, address.name)
        : ofSnapshot(context, address));
      const text = Bun.gunzipSync(new Uint8Array(await wholeOf(document)));
      if (address.digest) return digestReply(context.request, digestOf(address.digest, text), document.modifiedAt);
      const reply = await documentReply(context, document, 'application/xml');
      return withDigests(reply, { sha1: digestOf('sha1', text), md5: digestOf('md5', text) });
    },
  };
}

const digestOf = (digest: Digest, bytes: Uint8Array) => new Bun.CryptoHasher(digest).update(bytes).digest('hex');

function digestReply(request: Request, hex: string, modifiedAt: number | undefined): Response {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(hex.length) };
  return dated(request, new Response(request.method === 'HEAD' ? null : hex, { headers }), modifiedAt);
}

/**
 * Maven 3.9 and later, and Gradle, read the digests from the headers and save requests; the digests always match the
 * body. https://maven.apache.org/resolver/expected-checksums.html
 */
function withDigests(response: Response, { sha1, md5 }: { sha1: string; md5: string }): Response {
  response.headers.set('X-Checksum-Sha1', sha1);
  response.headers.set('X-Checksum-Md5', md5);
  return response;
}
