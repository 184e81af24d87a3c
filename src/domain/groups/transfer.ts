import { inField, ruleBroken } from '../../lib/errors.ts';
import { childLineage, covers, idsOf } from '../../lib/lineage.ts';
import { type Db, inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import {
  deepestLevel,
  moveLineage,
  type NamespaceRow,
  narrowGroups,
  updateNamespace,
} from '../../store/tables/namespaces.ts';
import { narrowProjects } from '../../store/tables/projects.ts';
import { moveRoutes } from '../../store/tables/routes.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { checkPath, MAX_DEPTH, pathIsFree } from '../paths.ts';
import { recountAbove } from '../quota/quota.ts';
import { widerThan } from '../visibility.ts';
import { groupEntity, reread } from './entity.ts';

/**
 * Hangs a group with all below it under another group, or at the top. Its old paths lead to the new ones; what would be
 * seen by more people than its new parent is narrowed to it. One transaction: it has moved whole, or not at all.
 * @param to null: the top.
 * @throws PosternError, in GitLab's words, saying what is in the way.
 */
export function transferGroup(
  { db }: Deps,
  audit: Audit,
  moved: NamespaceRow,
  to: NamespaceRow | null,
  { author: by, confirm }: Authorised,
): Promise<NamespaceRow> {
  return inTransaction(db, async (trx) => {
    await lockHierarchy(trx, 'exclusive');
    await confirm(trx);
    const group = await reread(trx, moved);
    const parent = to && (await reread(trx, to));
    await checkTransfer(trx, group, parent);
    const path = parent ? `${parent.full_path}/${group.path}` : group.path;
    const lineage = childLineage(parent?.lineage ?? null, group.id);
    await pathIsFree(moveRoutes(trx, group.full_path, path), TAKEN);
    await moveLineage(trx, group.lineage, lineage);
    await updateNamespace(trx, group.id, { parent_id: parent?.id ?? null });
    if (parent) await recountAbove(trx, parent.lineage);
    const narrowed = parent ? widerThan(parent.visibility) : [];
    if (parent && narrowed.length > 0) {
      await narrowGroups(trx, lineage, narrowed, parent.visibility);
      await narrowProjects(trx, lineage, narrowed, parent.visibility);
    }
    const after = await reread(trx, group);
    const target = { kind: 'Group', id: after.id, name: after.name };
    const visibility = { from: group.visibility, to: after.visibility };
    const details = { from: group.full_path, to: after.full_path, visibility };
    await audit.record({ action: 'group_transferred', by, entity: groupEntity(after), target, details }, trx);
    return after;
  });
}

const TAKEN = 'Transfer failed: The parent group already has a subgroup or a project with the same path.';

async function checkTransfer(trx: Db, group: NamespaceRow, parent: NamespaceRow | null): Promise<void> {
  if (parent === null && group.parent_id === null)
    throw inField('namespace', ruleBroken('Transfer failed: Group is already a root group.'));
  if (parent !== null && parent.id === group.parent_id)
    throw inField('namespace', ruleBroken('Transfer failed: Group is already associated to the parent group.'));
  if (parent && covers(group.lineage, parent.lineage))
    throw inField('namespace', ruleBroken('Transfer failed: Cannot transfer group to one of its subgroup.'));
  const height = (await deepestLevel(trx, group.lineage)) - idsOf(group.lineage).length + 1;
  if ((parent ? idsOf(parent.lineage).length : 0) + height > MAX_DEPTH)
    throw inField('namespace', ruleBroken(`Transfer failed: Groups cannot be nested deeper than ${MAX_DEPTH} levels`));
  // A word that is free below may be the server's own at the top.
  checkPath(group.path, parent ? 'below' : 'top');
}
