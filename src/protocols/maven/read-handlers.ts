import type { PackageContents } from '../../domain/packages/contents.ts';
import { type DocumentMaker, type PackageDocument, wholeOf } from '../../domain/packages/documents.ts';
import type { Services } from '../../domain/services.ts';
import { documentReply } from '../../http/document-reply.ts';
import { fileReply } from '../../http/file-reply.ts';
import { notFound } from '../../lib/errors.ts';
import { coordinatesOf, type Digest, type FileAddress, parseAddress, type SnapshotAddress } from './format.ts';
import type { Lookup, ScopeExchange } from './lookup.ts';
import { folderMetadata, snapshotMetadata } from './metadata.ts';
import { pluginsIn } from './plugins.ts';
import { buildsOf } from './snapshots.ts';

export function createReadHandlers({ packages }: Services, lookup: Lookup) {
  const sendFile = async (exchange: ScopeExchange, { name, version, file, digest }: FileAddress) => {
    const project = await lookup.project(exchange, name, version);
    const address = { type: 'maven', name };
    if (digest) {
      const [found] = await packages.filesNamed(project, address, version, file);
      if (!found) throw notFound('package file');
      return digestReply(exchange.request, found[digest] ?? '');
    }
    const found = await packages.file(project, address, version, file);
    exchange.allowSilence();
    const { sha256 } = found;
    const reply = await fileReply(exchange.request, await packages.open(found), { sha256, filename: file });
    return withDigests(reply, { sha1: found.sha1 ?? '', md5: found.md5 ?? '' });
  };

  const ofSnapshot = async (exchange: ScopeExchange, { name, version }: SnapshotAddress): Promise<PackageDocument> => {
    const project = await lookup.project(exchange, name, version);
    const found = await packages.find(project, { type: 'maven', name });
    return packages.document(found, `snapshot:${version}`, snapshotMaker(version));
  };

  const ofFolder = async (exchange: ScopeExchange, name: string): Promise<PackageDocument> =>
    packages.documentOf(await lookup.packages(exchange, name), 'folder', FOLDER_MAKER);

  return {
    async get(exchange: ScopeExchange): Promise<Response> {
      const address = parseAddress(exchange.params['path'] ?? '');
      if (!address) throw notFound('package file');
      if (address.kind === 'file') return sendFile(exchange, address);
      const document = await (address.kind === 'folder'
        ? ofFolder(exchange, address.name)
        : ofSnapshot(exchange, address));
      const text = Bun.gunzipSync(new Uint8Array(await wholeOf(document)));
      if (address.digest) return digestReply(exchange.request, digestOf(address.digest, text));
      const reply = await documentReply(exchange, document, 'application/xml');
      return withDigests(reply, { sha1: digestOf('sha1', text), md5: digestOf('md5', text) });
    },
  };
}

/** Nothing in these documents is an address of ours. */
const BASE = '';

const FOLDER_MAKER: DocumentMaker = { base: BASE, make: (packages) => ({ folder: folderText(packages) }) };

/** @throws PosternError `not_found` of a package that has nothing to tell of. */
function folderText(packages: readonly PackageContents[]): string {
  const [first] = packages;
  const versions = packages.flatMap((each) => each.versions);
  const plugins = pluginsIn(packages.map((each) => each.properties));
  if (!first || versions.length + plugins.length === 0) throw notFound('package');
  return folderMetadata(first.package.name, { versions, plugins });
}

/** @throws PosternError `not_found` when there is no numbered build: clients then ask for the version by its plain name. */
const snapshotMaker = (version: string): DocumentMaker => ({
  base: BASE,
  part: version,
  files: { ofVersion: version },
  make([
    {
      package: { name },
      files,
    },
  ]) {
    const builds = buildsOf(
      coordinatesOf(name).artifactId,
      version,
      files.map((file) => file.name),
    );
    if (!builds) throw notFound('package file');
    return { [`snapshot:${version}`]: snapshotMetadata(name, version, builds) };
  },
});

const digestOf = (digest: Digest, bytes: Uint8Array) => new Bun.CryptoHasher(digest).update(bytes).digest('hex');

function digestReply(request: Request, hex: string): Response {
  const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(hex.length) };
  return new Response(request.method === 'HEAD' ? null : hex, { headers });
}

/**
 * Maven from 3.9 on, and Gradle, take the digests from here and need not ask for them, nor can they get those of a newer text.
 * https://maven.apache.org/resolver/expected-checksums.html
 */
function withDigests(response: Response, { sha1, md5 }: { sha1: string; md5: string }): Response {
  response.headers.set('X-Checksum-Sha1', sha1);
  response.headers.set('X-Checksum-Md5', md5);
  return response;
}
