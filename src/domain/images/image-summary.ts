import {
  findManifestBodies,
  findManifestHeads,
  type ImageManifestHead,
  listReferrers,
} from '../../store/tables/image-manifests.ts';
import { findImageTags } from '../../store/tables/image-tags.ts';
import type { Deps } from '../deps.ts';
import { EMPTY_CONFIG, type ImageConfig, readImageConfigs } from './image-config.ts';
import { attachmentOf, attachmentTagsOf, isIndex, kindOf } from './kinds.ts';
import { platformOf } from './platform.ts';
import type { ImageRepository } from './repositories.ts';
import type { ImageTag } from './tags.ts';

/** The summary of a tag for lists. */
export interface ImageSummary {
  /** `Image`, `Signature`, or a media type that nobody knows. */
  kind: string;
  /** Of an index all that it has images for. */
  platforms: string[];
  /** Configuration and layers; of an index of all its images. */
  bytes: number;
}

/** One entry of an index. */
export interface IndexEntry {
  digest: string;
  platform: string | null;
  kind: string;
  /** Null: it is not here, as the index may have been pushed without it. */
  bytes: number | null;
}

/** Something that belongs to an image: it names the image as its subject, or its tag does. */
export interface Attachment {
  kind: string;
  /** As it says itself; null: the tag says it. */
  type: string | null;
  digest: string;
  bytes: number;
  at: number;
}

export interface ImageDetails extends ImageSummary {
  builtAt: number | null;
  entries: IndexEntry[];
  attachments: Attachment[];
  annotations: Record<string, string>;
}

export type ImageSummaries = ReturnType<typeof createImageSummaries>;

/** Far above the size of any useful index; a larger one is not read. */
const MAX_INDEX_BYTES = 256 * 1024;
const MAX_ENTRIES = 200;
const MAX_ATTACHMENTS = 100;

/** The subject of the summary: a tag, or a manifest without one. */
export type Shown = Pick<ImageTag, 'digest' | 'media_type' | 'artifact_type' | 'config_digest' | 'image_size'>;

/** Looks into manifests for people; clients read them as they are. */
export function createImageSummaries({ db, imageBlobs }: Pick<Deps, 'db' | 'imageBlobs'>) {
  /** The entries of the indexes among these, by the digest of the index. */
  const entriesOf = async (image: ImageRepository, indexes: readonly string[]): Promise<Map<string, IndexEntry[]>> => {
    const bodies = await findManifestBodies(db, image.id, indexes, MAX_INDEX_BYTES);
    const listed = [...bodies].map(([digest, body]) => [digest, readEntries(body)] as const);
    const digests = new Set(listed.flatMap(([, entries]) => entries.map((entry) => entry.digest)));
    const heads = await findManifestHeads(db, image.id, [...digests]);
    const here = new Map(heads.map((head) => [head.digest, head]));
    const look = (entry: ReturnType<typeof readEntries>[number]) => ({
      ...entry,
      kind: entry.isAttestation ? 'Attestation' : kindOf(here.get(entry.digest) ?? entry),
      bytes: here.get(entry.digest)?.image_size ?? null,
    });
    return new Map(listed.map(([digest, entries]) => [digest, entries.map(look)]));
  };

  /** However many there are, the database is asked for all of them at once. */
  const lookAt = async (image: ImageRepository, all: readonly Shown[]): Promise<Map<string, SeenLook>> => {
    const configs = all.flatMap((one) => (isIndex(one) || kindOf(one) !== 'Image' ? [] : (one.config_digest ?? [])));
    const [entries, said] = await Promise.all([
      entriesOf(
        image,
        all.filter(isIndex).map(({ digest }) => digest),
      ),
      readImageConfigs({ db, imageBlobs }, image.id, [...new Set(configs)]),
    ]);
    return new Map(all.map((one) => [one.digest, seenLook(one, entries, said)]));
  };

  return {
    /** By digest. */
    ofTags: (image: ImageRepository, tags: readonly Shown[]): Promise<Map<string, ImageSummary>> => lookAt(image, tags),

    async of(image: ImageRepository, tag: Shown): Promise<ImageDetails> {
      const [seen, referrers, tagged, [head]] = await Promise.all([
        lookAt(image, [tag]),
        listReferrers(db, image.id, tag.digest, { artifactType: null, after: null }, MAX_ATTACHMENTS),
        findImageTags(db, image.id, attachmentTagsOf(tag.digest)),
        findManifestHeads(db, image.id, [tag.digest]),
      ]);
      const attachments = [...referrers.items.map(ofReferrer), ...tagged.map(ofTagged)].sort((a, b) => a.at - b.at);
      const look = seen.get(tag.digest) ?? seenLook(tag, new Map(), new Map());
      return { ...look, attachments, annotations: annotationsOf(head) };
    },
  };
}

type SeenLook = Pick<ImageDetails, 'kind' | 'platforms' | 'bytes' | 'entries' | 'builtAt'>;

function seenLook(
  shown: Shown,
  indexes: ReadonlyMap<string, IndexEntry[]>,
  configs: ReadonlyMap<string, ImageConfig>,
): SeenLook {
  const { digest, config_digest: config, image_size: bytes } = shown;
  const kind = kindOf(shown);
  if (isIndex(shown)) {
    const entries = indexes.get(digest) ?? [];
    const platforms = [...new Set(entries.flatMap(({ platform }) => platform ?? []))];
    const all = entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
    return { kind, platforms, bytes: all, entries, builtAt: null };
  }
  const { platform, builtAt } = configs.get(config ?? '') ?? EMPTY_CONFIG;
  return { kind, platforms: platform === null ? [] : [platform], bytes, entries: [], builtAt };
}

const ofReferrer = (head: ImageManifestHead): Attachment => ({
  kind: kindOf(head),
  type: head.artifact_type,
  digest: head.digest,
  bytes: head.image_size,
  at: head.created_at,
});

const ofTagged = (tag: ImageTag): Attachment => ({
  kind: attachmentOf(tag.name)?.kind ?? kindOf(tag),
  type: null,
  digest: tag.digest,
  bytes: tag.image_size,
  at: tag.updated_at,
});

function annotationsOf(head: ImageManifestHead | undefined): Record<string, string> {
  return head?.annotations ? (JSON.parse(head.annotations) as Record<string, string>) : {};
}

/** The entries of an index, whose shape was looked at when it was pushed. OCI image-spec, "Image Index". */
function readEntries(body: Uint8Array) {
  const { manifests } = JSON.parse(new TextDecoder().decode(body)) as {
    manifests: {
      digest: string;
      mediaType?: string;
      artifactType?: string;
      platform?: unknown;
      annotations?: unknown;
    }[];
  };
  return manifests.slice(0, MAX_ENTRIES).map((entry) => ({
    digest: entry.digest,
    media_type: entry.mediaType ?? '',
    artifact_type: typeof entry.artifactType === 'string' ? entry.artifactType : null,
    platform: platformOf(entry.platform),
    isAttestation: isAttestation(entry.annotations),
  }));
}

/**
 * BuildKit stores attestations of an image beside it in the index.
 * https://docs.docker.com/build/metadata/attestations/attestation-storage
 */
const isAttestation = (annotations: unknown): boolean =>
  (annotations as Record<string, unknown> | null | undefined)?.['vnd.docker.reference.type'] === 'attestation-manifest';
