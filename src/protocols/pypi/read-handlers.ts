import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Services } from '../../domain/services.ts';
import type { Links } from '../../http/links.ts';
import type { PackageLookup } from '../../http/packages/package-lookup.ts';
import { preferredType } from '../../http/replies/accept.ts';
import { documentReply } from '../../http/replies/document-reply.ts';
import { fileReply } from '../../http/replies/file-reply.ts';
import type { RequestContext } from '../../http/route.ts';
import { compressText } from '../../lib/compress-text.ts';
import { parseName } from './format.ts';
import { METADATA, PROVENANCE, SIGNATURE, type SimpleKind, simpleRoot } from './simple.ts';

/** How many packages the index of all packages has at most. */
const MAX_NAMES = 100_000;

/** The media type of a provenance. https://docs.pypi.org/api/integrity/ */
const INTEGRITY = 'application/vnd.pypi.integrity.v1+json';

type IndexContext = RequestContext<ProjectFacts | GroupFacts>;

export function createReadHandlers({ packages }: Services, links: Links, lookup: PackageLookup) {
  return {
    /** The index of all packages. */
    async root(context: IndexContext): Promise<Response> {
      const { facts } = context;
      const form = formOf(context.request);
      const owner = facts.on === 'project' ? `projects/${facts.project.id}` : `groups/${facts.group.id}/-`;
      const names = (await lookup.search(context, '', MAX_NAMES)).map(({ name }) => name);
      const texts = simpleRoot(`${links.base()}/api/v4/${owner}/packages/pypi/simple`, names);
      return documentReply(context, await compressText(texts[form.kind]()), form.type);
    },

    /** The files of one package. */
    async index(context: IndexContext): Promise<Response> {
      const form = formOf(context.request);
      const found = await lookup.packages(context, parseName(context.params['name'] ?? ''));
      return documentReply(context, await packages.documents.read(found, form.kind), form.type);
    },

    /** A file, or its core metadata, signature or provenance, by the digest of the file. */
    async file(context: IndexContext): Promise<Response> {
      const { sha256 = '', file: wanted = '' } = context.params;
      const suffix = [METADATA, SIGNATURE, PROVENANCE].find((end) => wanted.endsWith(end)) ?? '';
      const name = wanted.slice(0, wanted.length - suffix.length);
      const child = suffix === '' ? {} : { child: wanted };
      const found = await lookup.file(context, { sha256: sha256.toLowerCase(), name, ...child });
      context.disableIdleTimeout();
      const { sha256: etag, created_at: modifiedAt, name: filename } = found;
      const type = suffix === PROVENANCE ? { type: INTEGRITY } : {};
      return fileReply(context.request, await packages.open(found), { sha256: etag, modifiedAt, filename, ...type });
    },
  };
}

interface Form {
  kind: SimpleKind;
  type: string;
}

/** The page is for clients that accept no known media type: older scripts. */
const PAGE: Form = { kind: 'html', type: 'text/html; charset=utf-8' };

/** The representations of the index, by media type. */
const FORMS = {
  'text/html': PAGE,
  'application/vnd.pypi.simple.v1+json': { kind: 'json', type: 'application/vnd.pypi.simple.v1+json' },
  'application/vnd.pypi.simple.latest+json': { kind: 'json', type: 'application/vnd.pypi.simple.v1+json' },
  'application/vnd.pypi.simple.v1+html': { kind: 'html', type: 'application/vnd.pypi.simple.v1+html; charset=utf-8' },
  'application/vnd.pypi.simple.latest+html': {
    kind: 'html',
    type: 'application/vnd.pypi.simple.v1+html; charset=utf-8',
  },
} as const satisfies Readonly<Record<string, Form>>;

type FormType = keyof typeof FORMS;
const TYPES = Object.keys(FORMS) as [FormType, ...FormType[]];

/** The preferred representation. https://peps.python.org/pep-0691/#version-format-selection */
function formOf({ headers }: Request): Form {
  const type = preferredType(headers.get('accept'), TYPES);
  return type === null ? PAGE : FORMS[type];
}
