import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { Services } from '../../domain/services.ts';
import { announcedSize } from '../../http/bodies/announced-size.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { conflict, invalidParameter, notFound, tooLarge } from '../../lib/errors.ts';
import {
  type Digest,
  type FileAddress,
  type FolderAddress,
  isSnapshot,
  parseAddress,
  parseDigest,
  type SnapshotAddress,
} from './format.ts';
import { pluginProperties } from './plugins.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** Larger than any list of versions. */
const MAX_METADATA = 8 * 1024 ** 2;
/** The largest metadata that is parsed. Metadata with plug-ins lists them, and no versions. */
const MAX_PARSED = 256 * 1024;

/** @param maxBytes the largest accepted file. */
export function createPublishHandlers({ packages }: Services, maxBytes: number) {
  const takeFile = async (context: ProjectContext, receive: Receive, { name, version, file }: FileAddress) => {
    const { request, facts } = context;
    context.disableIdleTimeout();
    const size = announcedSize(request);
    const body = context.body ?? new Blob([]).stream();
    const digests = ['md5', 'sha1', 'sha512'] as const;
    const stored = await receive(facts.project, body, {
      maxBytes,
      digests,
      ...defined({ size }),
    });
    const onConflict = isSnapshot(version) ? 'add_file' : 'reject_file_unless_allowed';
    await packages.publish(
      facts.project,
      { type: 'maven', name, version, onConflict, files: [{ name: file, stored }] },
      context,
    );
    return new Response(null, { status: 200 });
  };

  /**
   * The server computes digests itself. An uploaded one is compared: a client learns whether its file arrived intact.
   */
  const compare = async (context: ProjectContext, { name, version, file }: FileAddress, digest: Digest) => {
    const said = parseDigest((await readBody(context.request, 1024)).toString('latin1'), digest);
    if (said === null) throw invalidParameter(`${digest} is invalid`, 'Send it in hexadecimal digits.');
    const found = await packages.filesNamed(context.facts.project, { type: 'maven', name }, version, file);
    if (found.length === 0) throw notFound('package file');
    // Two concurrent deployments each send the digest of their own file.
    if (!found.some((each) => each[digest] === said))
      throw conflict(`The ${digest} of ${file} is ${found[0]?.[digest]}, not ${said}`, 'digest');
    return new Response(null, { status: 204 });
  };

  /**
   * Uploaded metadata is not stored: it is what the client read before its change. The server generates its own. Only
   * the prefixes of plug-ins are taken from it.
   */
  const takeMetadata = async (
    context: ProjectContext,
    { kind, name }: FolderAddress | SnapshotAddress,
    document: Record<string, unknown>,
  ) => {
    const properties = kind === 'folder' ? pluginProperties(document) : {};
    if (Object.keys(properties).length === 0) return;
    await packages.setProperties(context.facts.project, { type: 'maven', name }, properties, context);
  };

  return {
    async put(context: ProjectContext): Promise<Response> {
      const address = parseAddress(context.params['path'] ?? '');
      if (!address) throw invalidParameter('path is invalid', 'It is group/artifact/version/file.');
      if (address.kind === 'file')
        return address.digest
          ? compare(context, address, address.digest)
          : packages.receiving((receive) => takeFile(context, receive, address));
      const body = await readBody(context.request, MAX_METADATA);
      if (address.digest) return new Response(null, { status: 204 });
      if (body.byteLength > MAX_PARSED) return passOver(body);
      const { parseXml } = await import('../../lib/guarded-xml.ts');
      await takeMetadata(context, address, parseXml(body.toString('utf8')));
      return new Response(null, { status: 200 });
    },
  };
}

/**
 * The answer to metadata that is too large to be parsed: a list of thousands of versions, of which nothing is needed.
 * @throws PosternError `too_large` when it names plug-ins.
 */
function passOver(body: Buffer): Response {
  if (body.includes('<plugin')) throw tooLarge(`Metadata with plug-ins is larger than ${MAX_PARSED} bytes`);
  return new Response(null, { status: 200 });
}
