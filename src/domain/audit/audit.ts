import { idsOf } from '../../lib/lineage.ts';
import type { Db } from '../../store/db/database.ts';
import {
  type AuditEventRow,
  type AuditFilter,
  findAuditEvent,
  insertAuditEvent,
  latestMoveOf,
  listAuditEvents,
} from '../../store/tables/audit-events.ts';
import { mapPage, type Page, type PageRequest } from '../../store/tables/page.ts';
import type { Deps } from '../deps.ts';
import type { AuditAuthor } from './author.ts';

export type { AuditFilter } from '../../store/tables/audit-events.ts';

/** The filters of the log. The words of deploy tokens are GitLab's. */
export type AuditAction =
  | 'deploy_token_created'
  | 'deploy_token_creation_failed'
  | 'deploy_token_revoked'
  | 'deploy_token_destroyed'
  | 'group_deploy_token_created'
  | 'group_deploy_token_creation_failed'
  | 'group_deploy_token_revoked'
  | 'group_deploy_token_destroyed'
  | 'personal_access_token_created'
  | 'personal_access_token_revoked'
  | 'user_created'
  | 'user_blocked'
  | 'user_unblocked'
  | 'user_made_admin'
  | 'user_unmade_admin'
  | 'user_password_changed'
  | 'user_signed_in'
  | 'user_sign_in_failed'
  | 'member_created'
  | 'member_updated'
  | 'member_destroyed'
  | 'project_created'
  | 'project_destroyed'
  | 'project_archived'
  | 'project_unarchived'
  | 'project_visibility_changed'
  | 'project_default_branch_changed'
  | 'project_cleanup_policy_changed'
  | 'project_path_changed'
  | 'project_transferred'
  | 'storage_limit_changed'
  | 'signing_key_rotated'
  | 'group_created'
  | 'group_destroyed'
  | 'group_visibility_changed'
  | 'group_path_changed'
  | 'group_transferred'
  | 'package_registry_package_published'
  | 'package_registry_package_deleted'
  | 'package_registry_package_file_deleted'
  | 'package_registry_package_tag_set'
  | 'package_registry_package_tag_removed'
  | 'package_registry_package_deprecated'
  | 'package_registry_package_undeprecated'
  | 'package_registry_package_yanked'
  | 'package_registry_package_unyanked'
  | 'package_protection_rule_created'
  | 'package_protection_rule_updated'
  | 'package_protection_rule_destroyed'
  | 'repository_pushed'
  | 'container_repository_deleted'
  | 'container_repository_tags_deleted'
  | 'container_repository_manifest_deleted'
  | 'container_repository_manifests_deleted'
  | 'container_repository_blob_deleted';

export interface AuditRecord {
  action: AuditAction;
  by: AuditAuthor;
  entity: { kind: 'Project' | 'Group' | 'User' | 'Instance'; id: number | null; path: string };
  target: { kind: string; id: number | null; name: string };
  /** Never a secret. */
  details?: Record<string, unknown>;
}

export interface AuditEvent extends AuditRecord {
  id: number;
  at: number;
  details: Record<string, unknown>;
}

export type Audit = ReturnType<typeof createAudit>;

export function createAudit({ db, clock }: Pick<Deps, 'db' | 'clock'>) {
  return {
    /**
     * Writes one event; with `trx`, in the same transaction as the change that it records, so that neither exists
     * without the other.
     */
    async record(record: AuditRecord, trx: Db = db): Promise<void> {
      const { by, entity, target } = record;
      await insertAuditEvent(trx, {
        action: record.action,
        actor_kind: by.kind,
        actor_id: by.id,
        actor_name: by.name,
        ip: by.ip,
        request_id: by.requestId,
        entity_kind: entity.kind,
        entity_id: entity.id,
        entity_path: entity.path,
        target_kind: target.kind,
        target_id: target.id,
        target_name: target.name,
        details: JSON.stringify(record.details ?? {}),
        created_at: clock(),
      });
    },

    async list(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEvent>> {
      return mapPage(await listAuditEvents(db, filter, page), toEvent);
    },

    /**
     * Of a group, its subgroups and all their projects, also of those that were deleted since the group has its path.
     */
    async listWithin(
      { lineage, full_path: path, created_at: made }: { lineage: string; full_path: string; created_at: number },
      filter: AuditFilter,
      page: PageRequest,
    ): Promise<Page<AuditEvent>> {
      const since = Math.max(made, (await latestMoveOf(db, idsOf(lineage))) ?? 0);
      return mapPage(await listAuditEvents(db, { ...filter, within: { lineage, path, since } }, page), toEvent);
    },

    async find(id: number): Promise<AuditEvent | undefined> {
      const row = await findAuditEvent(db, id);
      return row && toEvent(row);
    },
  };
}

function toEvent(row: AuditEventRow): AuditEvent {
  return {
    id: row.id,
    at: row.created_at,
    action: row.action as AuditAction,
    by: {
      kind: row.actor_kind as AuditAuthor['kind'],
      id: row.actor_id,
      name: row.actor_name,
      ip: row.ip,
      requestId: row.request_id,
    },
    entity: { kind: row.entity_kind, id: row.entity_id, path: row.entity_path },
    target: { kind: row.target_kind, id: row.target_id, name: row.target_name },
    details: JSON.parse(row.details) as Record<string, unknown>,
  };
}
