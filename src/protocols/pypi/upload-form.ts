import type { ProjectFacts } from '../../domain/access/facts.ts';
import type { Receive } from '../../domain/packages/receiving.ts';
import type { StoredFile } from '../../domain/packages/upload.ts';
import { announcedSize } from '../../http/bodies/announced-size.ts';
import { readForm } from '../../http/bodies/read-form.ts';
import type { RequestContext } from '../../http/route.ts';
import { defined } from '../../lib/defined.ts';
import { invalidParameter, ruleBroken } from '../../lib/errors.ts';
import { hashed } from '../../lib/hashed.ts';
import { parseAttestations } from './attestations.ts';
import {
  checkAgreement,
  MAX_DESCRIPTION,
  type ParsedFile,
  parseFileName,
  parseName,
  parsePython,
  parseVersion,
} from './format.ts';
import type { ReleaseMetadata } from './simple.ts';

const MAX_SIGNATURE = 64 * 1024;
/** Largest size of the form without the file: fields, a signature, delimiters. */
const MAX_FORM = 6 * 1024 * 1024;

/** A file in the form. */
interface Sent {
  field: string;
  name: string;
  stored: StoredFile;
  /** BLAKE2b-256, in hex. */
  blake2: string;
}

/** An upload, checked. */
export interface Upload {
  name: string;
  version: string;
  parsed: ParsedFile;
  metadata: ReleaseMetadata;
  content: { name: string; stored: StoredFile };
  signature: StoredFile | null;
  /** As they were sent; null: there are none. */
  attestations: unknown[] | null;
}

/**
 * Reads the form of an upload; the file is streamed to the store.
 * https://docs.pypi.org/api/upload/
 * @throws PosternError `too_large` when the file is larger than `maxBytes`, `over_quota`, `invalid` for a malformed
 * form or a file that differs from it.
 */
export async function readUpload(
  receive: Receive,
  { request, body, facts }: RequestContext<ProjectFacts>,
  maxBytes: number,
): Promise<Upload> {
  const announced = announcedSize(request) ?? 0;
  const { fields, files } = await readForm<Sent>({ headers: request.headers, body }, async ({ field, name }, bytes) => {
    if (field !== 'content' && field !== 'gpg_signature') throw invalidParameter(`${field} is invalid`);
    const blake2 = new Bun.CryptoHasher('blake2b256');
    const [most, least] = field === 'content' ? [maxBytes, Math.max(1, announced - MAX_FORM)] : [MAX_SIGNATURE, 1];
    const limits = { maxBytes: most, atLeast: least, digests: ['md5'] as const };
    const stored = await receive(facts.project, hashed(bytes, blake2), limits);
    return { field, name, stored, blake2: blake2.digest('hex') };
  });
  const field = (name: string) => fields.get(name)?.[0];
  if (!['file_upload', undefined].includes(field(':action'))) throw invalidParameter(':action is invalid');
  const [content, second] = files.filter((file) => file.field === 'content');
  if (!content || content.stored.size === 0) throw invalidParameter('content is missing');
  if (second) throw invalidParameter('content is given twice');
  const name = parseName(required(field('name'), 'name'));
  const version = parseVersion(required(field('version'), 'version'));
  const parsed = parseFileName(content.name);
  checkAgreement(content.name, parsed, name, version);
  if (![parsed.kind, undefined].includes(field('filetype') as never))
    throw ruleBroken(`The file ${content.name} is not a ${field('filetype')?.slice(0, 50)}.`);
  checkDigests(content, field);
  const metadata = describe(fields);
  const signature = files.find((file) => file.field === 'gpg_signature');
  return {
    name,
    version,
    parsed,
    metadata,
    content,
    signature: signature?.stored ?? null,
    attestations: parseAttestations(field('attestations'), {
      file: content.name,
      sha256: content.stored.sha256,
      name,
      version,
    }),
  };
}

function required(value: string | undefined, name: string): string {
  if (value === undefined || value === '') throw invalidParameter(`${name} is missing`);
  return value;
}

type Field = (name: string) => string | undefined;

function checkDigests({ stored, blake2 }: Sent, field: Field): void {
  const known = [
    ['SHA-256', 'sha256_digest', stored.sha256],
    ['MD5', 'md5_digest', stored.md5 ?? ''],
    ['BLAKE2', 'blake2_256_digest', blake2],
  ] as const;
  for (const [title, name, digest] of known) {
    const said = field(name);
    if (said !== undefined && said !== '' && said.toLowerCase() !== digest)
      throw ruleBroken(`The ${title} of the file differs from ${name}.`);
  }
}

/** The fields that are stored, each with its longest length in characters. */
const KEPT: Readonly<Record<string, number>> = {
  metadata_version: 16,
  summary: 512,
  keywords: 1024,
  author: 255,
  author_email: 2048,
  license: 255,
  license_expression: 255,
  home_page: 2048,
  description: MAX_DESCRIPTION,
  description_content_type: 128,
};

function describe(fields: ReadonlyMap<string, string[]>): ReleaseMetadata {
  const python = parsePython(fields.get('requires_python')?.[0]);
  const kept = Object.entries(KEPT).flatMap(([name, length]) => {
    const text = fields.get(name)?.[0] ?? '';
    return text === '' || text === 'UNKNOWN' ? [] : [[name, text.slice(0, length)] as const];
  });
  // Requirements of an extra do not count: they are installed on request only.
  const needed = (fields.get('requires_dist') ?? []).filter((one) => !isForExtra(one));
  return {
    ...Object.fromEntries(kept),
    ...defined({ requires_python: python }),
    dependencies: needed.length,
  };
}

/**
 * In two steps: one pattern for both would search the rest of the text again after each semicolon, for hours with a
 * million of them.
 */
function isForExtra(requirement: string): boolean {
  const marker = requirement.indexOf(';');
  return marker >= 0 && /\bextra\s*==/.test(requirement.slice(marker));
}
