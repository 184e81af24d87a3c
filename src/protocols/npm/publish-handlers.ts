import type { ProjectFacts } from '../../domain/access/facts.ts';
import { type MetadataChange, packageChanged } from '../../domain/packages/changes.ts';
import type { Metadata, PackageContents } from '../../domain/packages/contents.ts';
import type { AuditNote, DeletionHook } from '../../domain/packages/package-behaviour.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { Project } from '../../domain/projects/projects.ts';
import type { Services } from '../../domain/services.ts';
import { json } from '../../http/replies/json.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { invalidParameter, notFound, PosternError, ruleBroken } from '../../lib/errors.ts';
import { record } from '../../lib/record.ts';
import { fileName, type NpmPublication, parseName, parsePublication, parseVersion, versionOfFile } from './format.ts';
import { README, revOf } from './packument.ts';
import { ATTESTATIONS, type Provenance, parseProvenance } from './provenance.ts';
import { checkTarball, type PublishBody, readPublishBody } from './publish-body.ts';
import { clearDeleted, OF, TAG } from './tags.ts';

type ProjectContext = RequestContext<ProjectFacts>;

/** `npm star` sends the document with `users` alone, and prints success after any response that is no error. */
const NO_STARS = 'This registry has no stars.';
const NOTHING_SENT = 'The document has neither a file nor versions.';

/** @param maxBytes the largest accepted tarball. */
export function createPublishHandlers({ packages }: Services, maxBytes: number) {
  const publish = async (context: ProjectContext, receive: Receive, name: string, body: PublishBody): Promise<void> => {
    const publication = parsePublication(name, body.document, body.attachments);
    const { version, manifest, tag, tarball } = publication;
    const sent = record(body.document['_attachments']);
    const provenance = parseProvenance(sent, { name, version, sha512: tarball.stored.sha512 });
    const sizes = await checkTarball(tarball.bytes ?? (await packages.open(tarball.stored)), name, version);
    const file = fileName(name, version);
    const children = provenance ? [await attestationsFile(receive, context.facts.project, file, provenance)] : [];
    const dist = { ...manifest.dist, ...sizes, ...(provenance ? describe(provenance) : {}) };
    await packages.publish(
      context.facts.project,
      {
        type: 'npm',
        name,
        version,
        metadata: { ...manifest, dist, _npmUser: { name: context.username } },
        onConflict: 'reject_version',
        files: [{ name: file, stored: tarball.stored, children }],
        properties: {
          [`${TAG}${tag}`]: version,
          ...(await readmeOf(context.facts, name, publication)),
        },
      },
      context,
    );
  };

  /** The tag `latest` of a package is set: it does not follow the highest version. */
  const hasLatest = async ({ project }: ProjectFacts, name: string): Promise<boolean> => {
    try {
      const found = await packages.find(project, { type: 'npm', name });
      return (await packages.properties(found)).has(`${TAG}latest`);
    } catch (error) {
      if (error instanceof PosternError && error.kind === 'not_found') return false;
      throw error;
    }
  };

  /** The README of a package is that of its latest version: that of a pre-release does not replace it. */
  const readmeOf = async (facts: ProjectFacts, name: string, { readme, tag, version }: NpmPublication) => {
    if (readme === '' || (tag !== 'latest' && (await hasLatest(facts, name)))) return {};
    return { [README]: readme, [`${OF}${README}`]: version };
  };

  const deprecate = async (context: ProjectContext, name: string, { document }: PublishBody): Promise<void> => {
    context.require('withdraw_package');
    const found = await packages.find(context.facts.project, { type: 'npm', name });
    if (!('versions' in document)) throw ruleBroken('users' in document ? NO_STARS : NOTHING_SENT);
    const sent = record(document['versions']);
    const work = (contents: PackageContents) => {
      const known = new Set(contents.versions.map(({ version }) => version));
      // npm sends all versions that it has read, also those deleted since. From other clients a version that does not
      // exist is a publication without a file.
      if (
        context.request.headers.get('npm-command') !== 'deprecate' &&
        Object.keys(sent).some((each) => !known.has(each))
      )
        throw ruleBroken('Attachment data is empty.');
      return deprecations(contents, sent);
    };
    const change = { field: 'deprecated', work, notes: deprecationNotes };
    await packages.change.metadata(context.facts.project, found, change, context);
  };

  /**
   * @param seen the `_rev` that the client has read; null: it is not checked.
   * @param onDeleted replaces the hook of the type.
   */
  const destroy = async (
    context: ProjectContext,
    gone: (all: readonly string[]) => string[],
    seen: string | null,
    onDeleted?: DeletionHook,
  ) => {
    const name = parseName(context.params['package'] ?? '');
    const found = await packages.find(context.facts.project, { type: 'npm', name });
    if (seen !== null && seen !== revOf(found)) throw packageChanged();
    const versions = gone((await packages.contents(found)).versions.map(({ version }) => version));
    const all = { versions, ...defined({ onDeleted, revision: seen === null ? undefined : found.revision }) };
    await packages.change.destroyVersions(context.facts.project, found, all, context);
    return json({ ok: true });
  };

  return {
    /** `npm publish`; and `npm deprecate`, which sends all versions and no file. */
    async put(context: ProjectContext): Promise<Response> {
      const name = parseName(context.params['package'] ?? '');
      context.disableIdleTimeout();
      await packages.receiving(async (receive) => {
        const body = await readPublishBody(receive, context, maxBytes);
        if (isMetadataAlone(context.request, body)) await deprecate(context, name, body);
        else await publish(context, receive, name, body);
      });
      return json({ ok: true, id: name });
    },

    /** `npm unpublish p`. */
    unpublish: (context: ProjectContext) => destroy(context, (versions) => [...versions], revIn(context)),

    /** `npm unpublish p@1`, step 1: the document without that version. */
    async putWithout(context: ProjectContext): Promise<Response> {
      const { document } = await packages.receiving((receive) => readPublishBody(receive, context, maxBytes));
      const kept = record(document['versions']);
      if (Object.keys(kept).length === 0) throw ruleBroken('Version is empty.');
      const goes = (versions: readonly string[]) => versions.filter((each) => !Object.hasOwn(kept, each));
      return destroy(context, goes, revIn(context), clearDeleted(tagsSent(document)));
    },

    /** `npm unpublish p@1`, step 2: the file, which was deleted with the version. */
    unpublishFile: (context: ProjectContext) => {
      const version = versionOfFile(context.params['package'] ?? '', context.params['file'] ?? '');
      if (version === null) throw notFound('package file');
      parseVersion(version);
      // Not compared: the request names the version to delete.
      revIn(context);
      return destroy(context, (versions) => versions.filter((each) => each === version), null);
    },
  };
}

/** The file that is stored with a tarball. */
async function attestationsFile(receive: Receive, project: Project, tarball: string, { attestations }: Provenance) {
  const bytes = new Blob([attestations]);
  return {
    name: `${tarball}${ATTESTATIONS}`,
    stored: await receive(project, bytes.stream(), { maxBytes: bytes.size, size: bytes.size }),
  };
}

/** The field of `dist` that names a provenance; its address is added where the document is made. */
const describe = ({ predicateType }: Provenance) => ({ attestations: { provenance: { predicateType } } });

/** @throws PosternError unless it has the form of a `_rev`. */
function revIn({ params: { rev = '' } }: ProjectContext): string {
  if (!/^\d+-\d+$/.test(rev)) throw invalidParameter('rev is invalid', 'It is the _rev of the package.');
  return rev;
}

/** The tags that npm sends: it chooses a new `latest` when that version is deleted. */
function tagsSent(document: Record<string, unknown>): Map<string, string> {
  const sent = Object.entries(record(document['dist-tags']));
  return new Map(sent.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** npm sends a header; requests of other clients have no file. */
function isMetadataAlone({ headers }: Request, { document, attachments }: PublishBody): boolean {
  return headers.get('npm-command') === 'deprecate' || (attachments.length === 0 && !('_attachments' in document));
}

/** The changes that give each version the `deprecated` message that was sent. */
function deprecations({ versions }: PackageContents, sent: Record<string, unknown>) {
  const changes = new Map<string, (metadata: Metadata) => Metadata>();
  for (const { version } of versions) {
    if (!Object.hasOwn(sent, version)) continue;
    const { deprecated } = record(sent[version]);
    const message = typeof deprecated === 'string' && deprecated !== '' ? deprecated.slice(0, 1024) : undefined;
    changes.set(version, (metadata) => {
      const { deprecated: before, ...rest } = metadata;
      if (message === before) return metadata;
      return message === undefined ? rest : { ...rest, deprecated: message };
    });
  }
  return changes;
}

/** How many versions an audit event names; it has the count of more. */
const MAX_NAMED = 20;

/** One audit event for each message, and one for all versions that are no longer deprecated. */
function deprecationNotes(changed: readonly MetadataChange[]): AuditNote[] {
  const byMessage = Map.groupBy(changed, ({ now }) => now);
  return [...byMessage].map(([reason, all]) => {
    const versions = all.slice(0, MAX_NAMED).map(({ version }) => version);
    const which = all.length > MAX_NAMED ? { versions, count: all.length } : { versions };
    return reason === undefined
      ? { action: 'package_registry_package_undeprecated', details: which }
      : { action: 'package_registry_package_deprecated', details: { ...which, reason } };
  });
}
