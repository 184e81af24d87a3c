import { inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import { deleteNamespaces, type NamespaceRow } from '../../store/tables/namespaces.ts';
import { deleteProjectsBelow } from '../../store/tables/projects.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { removeRepositories } from '../projects/remove-repositories.ts';
import { groupEntity, reread } from './entity.ts';

/** Removes a group and everything below it: the rows in one transaction, then the repositories. */
export async function destroyGroup(
  deps: Deps,
  audit: Audit,
  gone: NamespaceRow,
  { author: by, confirm }: Authorised,
): Promise<void> {
  const projectIds = await inTransaction(deps.db, async (trx) => {
    await lockHierarchy(trx, 'exclusive');
    await confirm(trx);
    const group = await reread(trx, gone);
    const projects = await deleteProjectsBelow(trx, group.lineage);
    const groups = await deleteNamespaces(trx, group.lineage);
    const target = { kind: 'Group', id: group.id, name: group.name };
    const details = { groups, projects: projects.length };
    await audit.record({ action: 'group_destroyed', by, entity: groupEntity(group), target, details }, trx);
    return projects;
  });
  await removeRepositories(deps, projectIds);
}
