import {
  findManifest,
  findManifestHeads,
  type ImageManifestHead,
  listReferrers,
} from '../../store/tables/image-manifests.ts';
import { findImageTags } from '../../store/tables/image-tags.ts';
import type { Deps } from '../deps.ts';
import { readImageConfig } from './image-config.ts';
import { attachmentOf, attachmentTagsOf, isIndex, kindOf } from './kinds.ts';
import { platformOf } from './platform.ts';
import type { ImageRepository } from './repositories.ts';
import type { ImageTag } from './tags.ts';

/** What people want to know of a tag at a glance. */
export interface Look {
  /** `Image`, `Signature`, or a media type that nobody knows. */
  kind: string;
  /** Of an index all that it has images for. */
  platforms: string[];
  /** Configuration and layers; of an index of all its images. */
  bytes: number;
}

/** One entry of an index. */
export interface LookedEntry {
  digest: string;
  platform: string | null;
  kind: string;
  /** Null: it is not here, as the index may have been pushed without it. */
  bytes: number | null;
}

/** What belongs to an image: it names it, or its tag does. */
export interface Attachment {
  kind: string;
  /** As it says itself; null: the tag says it. */
  type: string | null;
  digest: string;
  bytes: number;
  at: number;
}

export interface CloseLook extends Look {
  builtAt: number | null;
  entries: LookedEntry[];
  attachments: Attachment[];
  annotations: Record<string, string>;
}

export type ImageLooks = ReturnType<typeof createImageLooks>;

/** No index that is of use to anyone is larger by far; of a larger one nothing is told. */
const MAX_INDEX_BYTES = 256 * 1024;
const MAX_ENTRIES = 200;
const MAX_ATTACHMENTS = 100;

type Shown = Pick<ImageTag, 'digest' | 'media_type' | 'artifact_type' | 'config_digest' | 'image_size'>;

/** Looks into manifests for people; clients read them as they are. */
export function createImageLooks({ db, imageBlobs }: Pick<Deps, 'db' | 'imageBlobs'>) {
  const entriesOf = async (image: ImageRepository, digest: string): Promise<LookedEntry[]> => {
    const row = await findManifest(db, image.id, digest);
    const listed = row && row.size <= MAX_INDEX_BYTES ? readEntries(row.body) : [];
    const heads = await findManifestHeads(
      db,
      image.id,
      listed.map((entry) => entry.digest),
    );
    const here = new Map(heads.map((head) => [head.digest, head]));
    return listed.map((entry) => ({
      ...entry,
      kind: entry.isAttestation ? 'Attestation' : kindOf(here.get(entry.digest) ?? entry),
      bytes: here.get(entry.digest)?.image_size ?? null,
    }));
  };

  const look = async (image: ImageRepository, shown: Shown) => {
    const { digest, config_digest: config, image_size: bytes } = shown;
    const kind = kindOf(shown);
    if (isIndex(shown)) {
      const entries = await entriesOf(image, digest);
      const platforms = [...new Set(entries.flatMap(({ platform }) => platform ?? []))];
      const all = entries.reduce((sum, entry) => sum + (entry.bytes ?? 0), 0);
      return { kind, platforms, bytes: all, entries, builtAt: null };
    }
    const said =
      kind === 'Image' && config !== null ? await readImageConfig({ db, imageBlobs }, image.id, config) : null;
    return {
      kind,
      platforms: said?.platform ? [said.platform] : [],
      bytes,
      entries: [],
      builtAt: said?.builtAt ?? null,
    };
  };

  return {
    /** By digest. */
    async ofTags(image: ImageRepository, tags: readonly ImageTag[]): Promise<Map<string, Look>> {
      const once = new Map(tags.map((tag) => [tag.digest, tag]));
      return new Map(
        await Promise.all([...once].map(async ([digest, tag]) => [digest, await look(image, tag)] as const)),
      );
    },

    async of(image: ImageRepository, tag: ImageTag): Promise<CloseLook> {
      const [seen, referrers, tagged, [head]] = await Promise.all([
        look(image, tag),
        listReferrers(db, image.id, tag.digest, { artifactType: null, after: null }, MAX_ATTACHMENTS),
        findImageTags(db, image.id, attachmentTagsOf(tag.digest)),
        findManifestHeads(db, image.id, [tag.digest]),
      ]);
      const attachments = [...referrers.map(ofReferrer), ...tagged.map(ofTagged)].sort((a, b) => a.at - b.at);
      return { ...seen, attachments, annotations: annotationsOf(head) };
    },
  };
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

/** BuildKit keeps what it tells of an image beside it in the index. https://docs.docker.com/build/metadata/attestations/attestation-storage */
const isAttestation = (annotations: unknown): boolean =>
  (annotations as Record<string, unknown> | null | undefined)?.['vnd.docker.reference.type'] === 'attestation-manifest';
