import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { MetadataChange } from '../../domain/packages/changes.ts';
import type { Metadata } from '../../domain/packages/contents.ts';
import type { AuditNote } from '../../domain/packages/package-behaviour.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { Services } from '../../domain/services.ts';
import { readBody } from '../../http/bodies/read-body.ts';
import type { RequestContext } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';
import { readCoreMetadata } from './archive.ts';
import { provenanceOf } from './attestations.ts';
import { parseName, parseVersion, parseYank } from './format.ts';
import { METADATA, PROVENANCE, SIGNATURE } from './simple.ts';
import { readUpload, type Upload } from './upload-form.ts';
import { isSameVersion } from './version.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** @param maxBytes the largest accepted file. */
export function createPublishHandlers({ packages }: Services, maxBytes: number) {
  /** The files that are served with it: the core metadata of a wheel; the signature and provenance if it has them. */
  const childrenOf = async (
    { facts: { project }, username }: ProjectContext,
    receive: Receive,
    { parsed, content, signature, attestations }: Upload,
    metadata: Buffer,
  ) => {
    const keep = async (suffix: string, bytes: Blob) => ({
      name: `${content.name}${suffix}`,
      stored: await receive(project, bytes.stream(), { maxBytes: bytes.size }),
    });
    const children = signature ? [{ name: `${content.name}${SIGNATURE}`, stored: signature }] : [];
    if (attestations) children.push(await keep(PROVENANCE, new Blob([provenanceOf(attestations, username)])));
    if (parsed.kind === 'bdist_wheel') children.push(await keep(METADATA, new Blob([new Uint8Array(metadata)])));
    return children;
  };

  const upload = async (context: ProjectContext, receive: Receive): Promise<Response> => {
    context.disableIdleTimeout();
    const { project } = context.facts;
    const sent = await readUpload(receive, context, maxBytes);
    const { name, version, metadata, content, parsed } = sent;
    const archive = await packages.open(content.stored);
    const { bytes, requiresPython = metadata.requires_python } = await readCoreMetadata(archive, parsed, name, version);
    const python = requiresPython === undefined ? {} : { requires_python: requiresPython };
    const { isRepeated } = await packages.publish(
      project,
      {
        type: 'pypi',
        name,
        version,
        onConflict: 'reject_file',
        metadata: { ...metadata, ...python },
        files: [{ ...content, metadata: python, children: await childrenOf(context, receive, sent, bytes) }],
      },
      context,
    );
    // As pypi.org answers to a file that it has.
    if (isRepeated) return Response.json({ message: '200 OK' });
    return Response.json({ message: '201 Created' }, { status: 201 });
  };

  /** @param reason null: removes the mark. */
  const setYanked = async (context: ProjectContext, reason: string | null): Promise<Response> => {
    const { facts, params } = context;
    const name = parseName(params['name'] ?? '');
    const wanted = parseVersion(params['version'] ?? '');
    const found = await packages.find(facts.project, { type: 'pypi', name });
    const work = ({ versions }: Awaited<ReturnType<typeof packages.contents>>) => {
      // Older releases of this program accepted 1.0 and 1.0.0 as two versions: then the exact spelling counts.
      const there =
        versions.find(({ version }) => version === wanted) ??
        versions.find(({ version }) => isSameVersion(version, wanted));
      if (!there) throw notFound('package version');
      const yank = (metadata: Metadata) => {
        const { yanked, ...rest } = metadata;
        if (yanked === (reason ?? undefined)) return metadata;
        return reason === null ? rest : { ...rest, yanked: reason };
      };
      return new Map([[there.version, yank]]);
    };
    const notes = (changed: readonly MetadataChange[]) => changed.map(({ version }) => yankNote(version, reason));
    await packages.change.metadata(facts.project, found, { field: 'yanked', work, notes }, context);
    return Response.json({ message: '200 OK' });
  };

  return {
    /** `twine upload`: one file per request. */
    upload: (context: ProjectContext) => packages.receiving((receive) => upload(context, receive)),

    /**
     * Marks a version as not to be installed, unless it is requested by its exact number.
     * https://peps.python.org/pep-0592/ No client has a command for it and GitLab no address; this address is modelled
     * on Cargo's.
     */
    yank: async (context: ProjectContext) => setYanked(context, parseYank(await readBody(context.request, MAX_YANK))),

    unyank: (context: ProjectContext) => setYanked(context, null),
  };
}

const MAX_YANK = 16 * 1024;

function yankNote(version: string, reason: string | null): AuditNote {
  const versions = [version];
  return reason === null
    ? { action: 'package_registry_package_unyanked', details: { versions } }
    : { action: 'package_registry_package_yanked', details: { versions, reason } };
}
