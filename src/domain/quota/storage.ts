import { inTransaction } from '../../store/db/database.ts';
import * as table from '../../store/tables/storage-limits.ts';
import { countStored, type StoredBytesCount } from '../../store/tables/stored.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit, AuditRecord } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Group } from '../groups/groups.ts';
import type { Project } from '../projects/projects.ts';
import { guardBody, type Headroom, headroomOf, type ProjectRef, type QuotaRequest, recount } from './quota.ts';

/** A project, or a group or personal namespace with all below it. */
export type Stored = { kind: 'project'; project: Project } | { kind: 'namespace'; group: Group };

export interface StorageUse extends StoredBytesCount {
  /** In bytes; null: none. A group above it may have one. */
  limit: number | null;
}

export type Storage = ReturnType<typeof createStorage>;

/**
 * How much is stored, and how much may be. The blob stores are counted; git repositories are not.
 */
export function createStorage({ db }: Pick<Deps, 'db'>, audit: Audit) {
  return {
    /** Counted to the byte: it reads all that the project or namespace refers to. */
    async use(what: Stored): Promise<StorageUse> {
      const limit = await table.findLimit(db, ownerOf(what));
      return { ...(await countStored(db, scopeOf(what))), limit: limit?.max_bytes ?? null };
    },

    /** Sets or, with null, removes a limit. Stored content stays, even if it exceeds the limit. */
    setLimit: (what: Stored, maxBytes: number | null, { author: by, confirm }: Authorised): Promise<void> =>
      inTransaction(db, async (trx) => {
        await confirm(trx);
        const owner = ownerOf(what);
        const before = await table.findLimit(trx, owner);
        if ((before?.max_bytes ?? null) === maxBytes) return;
        if (maxBytes === null) {
          if (before) await table.deleteLimit(trx, before.id);
        } else {
          await table.writeLimit(trx, owner, maxBytes);
          const limit = await table.findLimit(trx, owner);
          if (limit) await recount(trx, limit);
        }
        const details = { from: before?.max_bytes ?? null, to: maxBytes };
        await audit.record({ action: 'storage_limit_changed', by, ...subjectOf(what), details }, trx);
      }),

    /**
     * The headroom under the tightest limit. @param atLeast bytes: with less headroom the limit is recounted exactly.
     */
    headroom: (place: ProjectRef, atLeast: number): Promise<Headroom> => headroomOf(db, place, atLeast),

    /** A body on its way in: see `guardBody`. */
    guard: (place: ProjectRef, body: AsyncIterable<Uint8Array>, request?: QuotaRequest) =>
      guardBody(db, place, body, request),
  };
}

const ownerOf = (what: Stored): table.StorageOwner =>
  what.kind === 'project'
    ? { project_id: what.project.id, namespace_id: null }
    : { project_id: null, namespace_id: what.group.id };

const scopeOf = (what: Stored) =>
  what.kind === 'project' ? { projectId: what.project.id } : { lineage: what.group.lineage };

function subjectOf(what: Stored): Pick<AuditRecord, 'entity' | 'target'> {
  if (what.kind === 'project') {
    const { id, name, full_path: path } = what.project;
    return { entity: { kind: 'Project', id, path }, target: { kind: 'Project', id, name } };
  }
  const { id, kind, owner_id, name, full_path: path } = what.group;
  return kind === 'group'
    ? { entity: { kind: 'Group', id, path }, target: { kind: 'Group', id, name } }
    : { entity: { kind: 'User', id: owner_id, path }, target: { kind: 'Namespace', id, name } };
}
