import { z } from 'zod';
import { imageNameOf } from '../domain/images/names.ts';
import type { ImageRepository } from '../domain/images/repositories.ts';
import type { ImageTag } from '../domain/images/tags.ts';
import type { Links } from '../http/links.ts';
import { defined } from '../lib/defined.ts';
import { formatInstant } from '../lib/instant.ts';
import { Moment } from './schemas.ts';

/** How images and their tags are shown. */

export const ShownTag = z
  .object({
    name: z.string(),
    path: z.string().describe('Name of the image with the tag, separated by a colon'),
    location: z.string().describe('Reference for `docker pull`'),
  })
  .meta({ id: 'RegistryTag' });

export const ShownTagInFull = ShownTag.extend({
  revision: z.string().nullable().describe('Digest of the configuration, in hex; null for an index of images'),
  short_revision: z.string().nullable(),
  digest: z.string().describe('Digest of the manifest'),
  created_at: Moment.nullable().describe('Build time stated in the image; null if not stated'),
  published_at: Moment.describe('When the tag was last pushed'),
  total_size: z.int().describe('Size of configuration and layers, in bytes'),
}).meta({ id: 'RegistryTagDetails' });

export const ShownRepository = z
  .object({
    id: z.int(),
    name: z.string().describe("Image path below the project; empty for the image with the project's own path"),
    path: z.string(),
    project_id: z.int(),
    location: z.string().describe('Reference for `docker pull`, without the tag'),
    created_at: Moment,
    cleanup_policy_started_at: z.null(),
    status: z.null().describe('Always null: deletions are immediate'),
    tags_count: z.int().optional(),
    tags: z.array(ShownTag).optional(),
    size: z.int().optional().describe('Size of blobs and manifests in bytes, including data shared with other images'),
  })
  .meta({ id: 'RegistryRepository' });

/** Image properties that are shown only on request. */
export interface Extras {
  tags?: readonly string[];
  count?: boolean;
  size?: number;
}

export function registryPresenter(links: Links) {
  const nameOf = (image: ImageRepository) => imageNameOf(image.project_path, image.path);
  const showTag = (image: ImageRepository, name: string): z.output<typeof ShownTag> => {
    const path = `${nameOf(image)}:${name}`;
    return { name, path, location: links.image(path) };
  };

  return {
    showTag,

    showTagInFull: (image: ImageRepository, tag: ImageTag, builtAt: number | null): z.output<typeof ShownTagInFull> => {
      const revision = tag.config_digest?.split(':')[1] ?? null;
      return {
        ...showTag(image, tag.name),
        revision,
        short_revision: revision?.slice(0, 9) ?? null,
        digest: tag.digest,
        created_at: formatInstant(builtAt),
        published_at: formatInstant(tag.updated_at),
        total_size: tag.image_size,
      };
    },

    showRepository: (image: ImageRepository, { tags, count, size }: Extras): z.output<typeof ShownRepository> => ({
      id: image.id,
      name: image.path,
      path: nameOf(image),
      project_id: image.project_id,
      location: links.image(nameOf(image)),
      created_at: formatInstant(image.created_at),
      cleanup_policy_started_at: null,
      status: null,
      ...defined({
        tags_count: count === true ? Number(image.tags_count) : undefined,
        tags: tags === undefined ? undefined : tags.map((name) => showTag(image, name)),
        size,
      }),
    }),
  };
}
