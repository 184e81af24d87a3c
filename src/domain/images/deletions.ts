import type { Db } from '../../store/db/database.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import { projectEntity } from '../projects/entity.ts';
import type { ImageAddress } from './address.ts';
import { imageNameOf } from './names.ts';

/** The part of an image that was deleted, or the image itself; GitLab's words where GitLab has the event. */
export type Deletion =
  | { action: 'container_repository_deleted' }
  | { action: 'container_repository_tags_deleted'; tags: readonly string[] }
  /** `tags`: those that were on it and went with it. */
  | { action: 'container_repository_manifest_deleted'; digest: string; tags: readonly string[] }
  /** Manifests that nothing referred to. */
  | { action: 'container_repository_manifests_deleted'; digests: readonly string[] }
  | { action: 'container_repository_blob_deleted'; digest: string };

/**
 * Notes who deleted what of an image, as part of the deletion.
 * @param image its id, and where it is: the event outlives it.
 */
export function recordDeletion(
  audit: Audit,
  trx: Db,
  image: ImageAddress & { id: number },
  { action, ...details }: Deletion,
  by: AuditAuthor,
): Promise<void> {
  const { id, project, path } = image;
  return audit.record(
    {
      action,
      by,
      entity: projectEntity(project),
      target: { kind: 'ContainerRepository', id, name: imageNameOf(project.full_path, path) },
      details,
    },
    trx,
  );
}
