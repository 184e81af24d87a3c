import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { PackageContents } from '../../domain/packages/contents.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { LevelContext } from '../../http/packages/at-each-level.ts';
import type { PackageLookup } from '../../http/packages/package-lookup.ts';
import { preferredType } from '../../http/replies/accept.ts';
import { dated } from '../../http/replies/dated-reply.ts';
import { documentReply } from '../../http/replies/document-reply.ts';
import { fileReply } from '../../http/replies/file-reply.ts';
import { json } from '../../http/replies/json.ts';
import type { RequestContext } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';
import { fileName, parseName, publishedAs, versionOfFile } from './format.ts';
import { manifestOf, type PackumentKind, tagsOf } from './packument.ts';
import { ATTESTATIONS } from './provenance.ts';
import { searchResult } from './search-result.ts';

const INSTALL = 'application/vnd.npm.install-v1+json';
const FULL = 'application/json';
/** A client that accepts neither gets the full document. */
const TYPES = [FULL, INSTALL] as const;
/** Most matches in a search result. */
const MAX_MATCHES = 250;

export function createReadHandlers({ packages }: Services, links: Links, lookup: PackageLookup) {
  const contentsOf = async (context: LevelContext, name: string): Promise<PackageContents[]> =>
    Promise.all((await lookup.packages(context, name)).map(packages.contents));

  return {
    async packument(context: LevelContext): Promise<Response> {
      const found = await lookup.packages(context, parseName(context.params['package'] ?? ''));
      const type = preferredType(context.request.headers.get('accept'), TYPES) ?? FULL;
      const kind: PackumentKind = type === INSTALL ? 'abbreviated' : 'full';
      const made = await packages.documents.read(found, kind);
      return documentReply(context, made, type, { costlyToKeep: true });
    },

    /** One version, by its number or a tag. */
    async version(context: LevelContext): Promise<Response> {
      const { package: name = '', version: wanted = '' } = context.params;
      const all = await contentsOf(context, parseName(name));
      const tags = new Map(Object.entries(tagsOf(all)));
      const version = tags.get(wanted) ?? publishedAs(versionsOf(all), wanted);
      const manifest = await manifestOf(links.base(), all, version);
      if (!manifest) throw notFound('package version');
      return dated(context.request, json(manifest), changedAt(all));
    },

    async tarball(context: RequestContext<ProjectFacts>): Promise<Response> {
      const name = parseName(context.params['package'] ?? '');
      const version = versionOfFile(name, context.params['file'] ?? '');
      if (version === null) throw notFound('package file');
      const filename = fileName(name, version);
      const file = await packages.file(context.facts.project, { type: 'npm', name }, version, filename);
      context.disableIdleTimeout();
      const { sha256, created_at: modifiedAt } = file;
      return fileReply(context.request, await packages.open(file), {
        sha256,
        modifiedAt,
        filename: filename.slice(filename.indexOf('/') + 1),
        mayRedirect: true,
      });
    },

    /** The attestations of a version, as they were published with it. */
    async attestations(context: RequestContext<ProjectFacts>): Promise<Response> {
      const { package: name = '', version = '' } = context.params;
      const address = { type: 'npm', name: parseName(name) };
      const filename = `${fileName(name, version)}${ATTESTATIONS}`;
      const [found] = await packages.filesNamed(context.facts.project, address, version, filename);
      if (!found) throw notFound('package file');
      const { sha256, created_at: modifiedAt } = found;
      const type = 'application/json';
      return fileReply(context.request, await packages.open(found), { sha256, modifiedAt, filename, type });
    },

    async tags(context: LevelContext): Promise<Response> {
      const all = await contentsOf(context, parseName(context.params['package'] ?? ''));
      return dated(context.request, json(tagsOf(all)), changedAt(all));
    },

    async search(context: LevelContext): Promise<Response> {
      const { query } = context;
      const whole = (name: string, fallback: number) =>
        /^\d{1,6}$/.test(query.get(name) ?? '') ? Number(query.get(name)) : fallback;
      const from = whole('from', 0);
      const size = Math.min(whole('size', 20), MAX_MATCHES);
      const visible = await lookup.search(context, query.get('text') ?? '', MAX_MATCHES);
      const objects = [];
      for (const each of visible.slice(from, from + size))
        objects.push({ package: await shown(await packages.contents(each)), searchScore: 1 });
      return json({ objects, total: visible.length, time: new Date().toUTCString() });
    },
  };
}

const versionsOf = (all: readonly PackageContents[]) => all.flatMap(({ versions }) => versions);

/** When the only package of this name changed last. */
const changedAt = ([only, ...others]: readonly PackageContents[]) =>
  others.length === 0 ? only?.package.updated_at : undefined;

async function shown(contents: PackageContents) {
  const { latest } = tagsOf([contents]);
  const version = contents.versions.find((each) => each.version === latest);
  const date = new Date(version?.createdAt ?? contents.package.created_at).toISOString();
  const found = { name: contents.package.name, version: latest, date };
  for await (const [, metadata] of contents.metadata(version ? [version] : [])) return searchResult(found, metadata);
  return searchResult(found, {});
}
