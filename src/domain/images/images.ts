import { listImageNames } from '../../store/tables/images.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { createImageBlobs, type ImageBlobs } from './blobs.ts';
import { type CleanupPolicies, createCleanupPolicies } from './cleanup/run-policies.ts';
import { createUnreferencedManifests, type UnreferencedManifests } from './cleanup/unreferenced.ts';
import { createImageSummaries, type ImageSummaries } from './image-summary.ts';
import { createImageManifests, type ImageManifests } from './manifests.ts';
import { createImageRepositories, type ImageRepositories } from './repositories.ts';
import { createImageTags, type ImageTags } from './tags.ts';
import { createUntaggedManifests, type UntaggedManifests } from './untagged.ts';
import { createImageUploads, type ImageUploads } from './uploads.ts';

/** The container registry. Permission has been decided before anything here is called. */
export interface Images {
  /** On for the whole server. */
  enabled: boolean;
  tokens: AccessTokens;
  blobs: ImageBlobs;
  uploads: ImageUploads;
  manifests: ImageManifests;
  repositories: ImageRepositories;
  tags: ImageTags;
  summaries: ImageSummaries;
  untagged: UntaggedManifests;
  unreferenced: UnreferencedManifests;
  policies: CleanupPolicies;
  /** The names of all images on the server, in ASCII order. */
  names(page: { after: string | null; limit: number }): Promise<string[]>;
}

export function createImages(deps: Deps, audit: Audit): Images {
  const tags = createImageTags(deps, audit);
  return {
    enabled: deps.features.registry,
    tokens: createAccessTokens(deps.registryKeys, deps.clock),
    blobs: createImageBlobs(deps, audit),
    uploads: createImageUploads(deps),
    manifests: createImageManifests(deps, audit),
    repositories: createImageRepositories(deps, audit),
    tags,
    summaries: createImageSummaries(deps),
    untagged: createUntaggedManifests(deps, audit),
    unreferenced: createUnreferencedManifests(deps, audit),
    policies: createCleanupPolicies(deps, tags),
    names: ({ after, limit }) => listImageNames(deps.db, after, limit),
  };
}
