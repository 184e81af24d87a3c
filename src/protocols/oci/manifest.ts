import { z } from 'zod';
import { parseDigest } from '../../domain/images/digest.ts';
import type { Manifest } from '../../domain/images/manifests.ts';
import { parseJson } from '../../lib/bounded-json.ts';
import { ruleBroken } from '../../lib/errors.ts';
import { messageOf } from '../../lib/message-of.ts';

/** OCI distribution-spec 1.1: registries should take manifests of 4 MiB at least. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** The most values and keys, as `parseJson` counts them. A descriptor has about eight. */
const MAX_ITEMS = 200_000;

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';

/** The two that say by themselves which shape it is. */
const IMAGES = [OCI_MANIFEST, DOCKER_MANIFEST];
const INDEXES = [OCI_INDEX, DOCKER_LIST];

// Millions of parts fit into a manifest, and Zod makes an object of what is wrong with each: lists are read up to the
// first of them.
const isText = (value: unknown) => typeof value === 'string';
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);
const isTextByName = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isText);

/** A list that is read up to the first part that is wrong. */
export const listOf = <T>(part: z.ZodType<T>) =>
  z.custom<unknown[]>(Array.isArray, 'is not a list').transform((values, context): T[] => {
    const read: T[] = [];
    for (const [at, value] of values.entries()) {
      const result = part.safeParse(value);
      if (result.success) {
        read.push(result.data);
        continue;
      }
      const [first] = result.error.issues;
      context.addIssue({ code: 'custom', path: [at, ...(first?.path ?? [])], message: first?.message ?? '' });
      return z.NEVER;
    }
    return read;
  });

const descriptor = z.looseObject({
  mediaType: z.string().optional(),
  digest: z.string().refine((text) => parseDigest(text) !== null, 'is not a digest'),
  size: z.number().int().nonnegative(),
  urls: z.custom<string[]>(isTexts, 'is not a list of texts').nullish(),
});

const document = z.looseObject({
  schemaVersion: z.literal(2).optional(),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor.optional(),
  layers: listOf(descriptor).nullish(),
  blobs: listOf(descriptor).nullish(),
  manifests: listOf(descriptor).nullish(),
  subject: descriptor.nullish(),
  annotations: z.custom<Record<string, string>>(isTextByName, 'is not texts by their names').nullish(),
});

type Document = z.infer<typeof document>;
type Descriptor = z.infer<typeof descriptor>;

const invalid = (message: string) => ruleBroken(message, 'manifest');

/**
 * Reads a manifest or index. OCI image-spec 1.1, "Image Manifest" and "Image Index"; Docker image manifest version 2,
 * schema 2. One that could be taken for the other is refused (CVE-2021-41190).
 * @param contentType the header it came with; null: none.
 * @throws PosternError invalid, about `manifest`.
 */
export function parseManifest(bytes: Uint8Array, contentType: string | null): Manifest {
  const header = contentType?.split(';')[0]?.trim().toLowerCase() || null;
  if (header?.includes('manifest.v1+')) {
    if (/docker\.distribution\.manifest\.v1\+/.test(header)) throw invalid(SCHEMA_1);
  }
  const parsed = parseDocument(bytes);
  const mediaType = header ?? parsed.mediaType;
  if (mediaType === undefined) throw invalid('The manifest came without a Content-Type and names no mediaType.');
  if (!/^application\/([a-z0-9][a-z0-9.+-]*\+)?json$/.test(mediaType))
    throw invalid(`${mediaType} is not a media type of manifests.`);
  if (parsed.mediaType !== undefined && parsed.mediaType !== mediaType)
    throw invalid(`The manifest says it is ${parsed.mediaType}, but it came as ${mediaType}.`);
  checkShape(parsed, mediaType);
  return toManifest(parsed, mediaType);
}

const SCHEMA_1 = 'Docker image manifests of schema 1 are not accepted: push the image with a client of this decade.';

function parseDocument(bytes: Uint8Array): Document {
  let value: unknown;
  try {
    value = parseJson(bytes, { maxItems: MAX_ITEMS, fatal: true });
  } catch (error) {
    throw invalid(`${messageOf(error)}.`);
  }
  if ((value as { schemaVersion?: unknown } | null)?.schemaVersion === 1) throw invalid(SCHEMA_1);
  const result = document.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(`The manifest is malformed at ${issue?.path.join('.') || 'its top'}: ${issue?.message}.`);
}

function checkShape(parsed: Document, mediaType: string): void {
  const isImage = IMAGES.includes(mediaType);
  const isIndex = INDEXES.includes(mediaType);
  const hasEntries = Array.isArray(parsed.manifests);
  const hasContent = parsed.config !== undefined || Array.isArray(parsed.layers) || Array.isArray(parsed.blobs);
  if ((isImage || isIndex) && parsed.schemaVersion !== 2) throw invalid('The manifest has not schemaVersion 2.');
  if (isIndex && !hasEntries) throw invalid('The index has no manifests.');
  if (isImage && parsed.config === undefined) throw invalid('The manifest has no config.');
  if (hasEntries && hasContent) throw invalid('The manifest is both an image and an index.');
  if (isImage && hasEntries) throw invalid('An image manifest cannot have manifests.');
  if (!hasEntries && !hasContent) throw invalid('The manifest has neither config, layers, blobs nor manifests.');
}

/** Layers that by their media type or a list of addresses need not be here. */
const isElsewhere = ({ mediaType, urls }: Descriptor) =>
  (urls?.length ?? 0) > 0 || /nondistributable|foreign\.diff/.test(mediaType ?? '');

function toManifest(parsed: Document, mediaType: string): Manifest {
  const layers = [...(parsed.layers ?? []), ...(parsed.blobs ?? [])];
  const content = [...(parsed.config ? [parsed.config] : []), ...layers];
  const needed = content.filter((each) => !isElsewhere(each)).map((each) => each.digest);
  const { config } = parsed;
  const imageSize = content.reduce((sum, each) => sum + each.size, 0);
  // Neither we nor the database can count further.
  if (!Number.isSafeInteger(imageSize)) throw invalid('The sizes of the layers add up to more than there can be.');
  return {
    mediaType,
    blobs: [...new Set(needed)],
    entries: [...new Set((parsed.manifests ?? []).map((each) => each.digest))],
    config: config ? { digest: config.digest, mediaType: config.mediaType ?? '' } : null,
    subject: parsed.subject?.digest ?? null,
    artifactType: parsed.artifactType ?? (config?.mediaType || null),
    annotations: parsed.annotations ?? null,
    imageSize,
  };
}
