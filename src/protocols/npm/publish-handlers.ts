import type { ProjectFacts } from '../../domain/access/facts.ts';
import { changedMeanwhile, type MetadataChange, type Told } from '../../domain/packages/changes.ts';
import type { Metadata, PackageContents } from '../../domain/packages/contents.ts';
import { OF, TAG } from '../../domain/packages/tags.ts';
import type { Services } from '../../domain/services.ts';
import { json } from '../../http/json.ts';
import type { Links } from '../../http/links.ts';
import type { Exchange } from '../../http/route.ts';
import { standingOf } from '../../http/standing.ts';
import { invalidParameter, notFound, ruleBroken } from '../../lib/errors.ts';
import { fileName, parseName, parsePublication, parseVersion, record, versionOfFile } from './format.ts';
import { README, revOf } from './packument.ts';
import { checkTarball, type PublishBody, readPublishBody } from './publish-body.ts';
import { packumentMaker } from './read-handlers.ts';

type ProjectExchange = Exchange<ProjectFacts>;

/** @param maxBytes the largest tarball that is taken. */
export function createPublishHandlers({ packages }: Services, links: Links, maxBytes: number) {
  const publish = async (exchange: ProjectExchange, name: string, body: PublishBody): Promise<void> => {
    const publication = parsePublication(name, body.document, body.attachments);
    const { version, manifest, tag, readme, tarball } = publication;
    await checkTarball(tarball.bytes ?? (await packages.open(tarball.stored)), name, version);
    await packages.publish(
      exchange.facts.project,
      {
        ...{ type: 'npm', name, version, metadata: manifest, onConflict: 'reject_version' },
        files: [{ name: fileName(name, version), stored: tarball.stored }],
        properties: {
          [`${TAG}${tag}`]: version,
          ...(readme === '' ? {} : { [README]: readme, [`${OF}${README}`]: version }),
        },
        documents: packumentMaker(links),
      },
      { by: exchange.doer, level: standingOf(exchange) },
    );
  };

  const deprecate = async (exchange: ProjectExchange, name: string, { document }: PublishBody): Promise<void> => {
    exchange.require('destroy_package');
    const found = await packages.find(exchange.facts.project, { type: 'npm', name });
    const sent = record(document['versions']);
    const publisher = { by: exchange.doer, level: standingOf(exchange) };
    const work = (contents: PackageContents) => {
      const known = new Set(contents.versions.map(({ version }) => version));
      // npm sends all that it has seen, also what is gone meanwhile; from others a version that is not there is a publication without a file.
      if (
        exchange.request.headers.get('npm-command') !== 'deprecate' &&
        Object.keys(sent).some((each) => !known.has(each))
      )
        throw ruleBroken('Attachment data is empty.');
      return deprecations(contents, sent);
    };
    const change = { field: 'deprecated', work, tell: tellDeprecations };
    await packages.change.metadata(exchange.facts.project, found, change, publisher, packumentMaker(links));
  };

  /**
   * @param seen the state of the package that the client knows; null: that does not matter.
   * @param tags where those that pointed to what goes point then.
   */
  const destroy = async (
    exchange: ProjectExchange,
    gone: (all: readonly string[]) => string[],
    seen: string | null,
    tags: ReadonlyMap<string, string> = new Map(),
  ) => {
    const name = parseName(exchange.params['package'] ?? '');
    const found = await packages.find(exchange.facts.project, { type: 'npm', name });
    if (seen !== null && seen !== revOf(found)) throw changedMeanwhile();
    const versions = gone((await packages.contents(found)).versions.map(({ version }) => version));
    const publisher = { by: exchange.doer, level: standingOf(exchange) };
    const all = { versions, tags, ...(seen === null ? {} : { revision: found.revision }) };
    await packages.change.destroyVersions(exchange.facts.project, found, all, publisher, packumentMaker(links));
    return json({ ok: true });
  };

  return {
    /** `npm publish`, and `npm deprecate`, which sends all versions again and no file. */
    async put(exchange: ProjectExchange): Promise<Response> {
      const name = parseName(exchange.params['package'] ?? '');
      exchange.allowSilence();
      const body = await readPublishBody(packages, exchange.facts.project, exchange.request, maxBytes);
      if (isMetadataAlone(exchange.request, body)) await deprecate(exchange, name, body);
      else await publish(exchange, name, body);
      return json({ ok: true, id: name });
    },

    /** `npm unpublish p`. */
    unpublish: (exchange: ProjectExchange) => destroy(exchange, (versions) => [...versions], revIn(exchange)),

    /** `npm unpublish p@1`, first step: the package without that version. */
    async putWithout(exchange: ProjectExchange): Promise<Response> {
      const { document } = await readPublishBody(packages, exchange.facts.project, exchange.request, maxBytes);
      const kept = record(document['versions']);
      if (Object.keys(kept).length === 0) throw ruleBroken('Version is empty.');
      const goes = (versions: readonly string[]) => versions.filter((each) => !Object.hasOwn(kept, each));
      return destroy(exchange, goes, revIn(exchange), tagsSent(document));
    },

    /** `npm unpublish p@1`, second step: its file, which went with the version. */
    unpublishFile: (exchange: ProjectExchange) => {
      const version = versionOfFile(exchange.params['package'] ?? '', exchange.params['file'] ?? '');
      if (version === null) throw notFound('package file');
      parseVersion(version);
      // Whether it is the newest does not matter any more: what it would take along is named.
      revIn(exchange);
      return destroy(exchange, (versions) => versions.filter((each) => each === version), null);
    },
  };
}

/** @throws PosternError unless it can be a `_rev` of ours. */
function revIn({ params: { rev = '' } }: ProjectExchange): string {
  if (!/^\d+-\d+$/.test(rev)) throw invalidParameter('rev is invalid', 'It is the _rev of the package.');
  return rev;
}

/** npm chooses a new `latest` when that goes. */
function tagsSent(document: Record<string, unknown>): Map<string, string> {
  const sent = Object.entries(record(document['dist-tags']));
  return new Map(sent.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Only npm says so; from others it shows in that no file comes with it. */
function isMetadataAlone({ headers }: Request, { document, attachments }: PublishBody): boolean {
  return headers.get('npm-command') === 'deprecate' || (attachments.length === 0 && !('_attachments' in document));
}

/** How what is kept of a version changes to be as `deprecated` as was sent; as it is where it is so already. */
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

/** So many versions are named in one event; of more it is told how many they are. */
const MAX_NAMED = 20;

/** One event for each message, and one for all versions whose deprecation is taken back. */
function tellDeprecations(changed: readonly MetadataChange[]): Told[] {
  const byMessage = Map.groupBy(changed, ({ now }) => now);
  return [...byMessage].map(([reason, all]) => {
    const versions = all.slice(0, MAX_NAMED).map(({ version }) => version);
    const which = all.length > MAX_NAMED ? { versions, count: all.length } : { versions };
    return reason === undefined
      ? { action: 'package_registry_package_undeprecated', details: which }
      : { action: 'package_registry_package_deprecated', details: { ...which, reason } };
  });
}
