import { inField, notFound, ruleBroken } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import { findNamespace, type NamespaceRow } from '../../store/tables/namespaces.ts';
import { findProject, type ProjectRow, updateProject } from '../../store/tables/projects.ts';
import { moveRoutes } from '../../store/tables/routes.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { pathIsFree } from '../paths.ts';
import { recountAbove } from '../quota/quota.ts';
import { widerThan } from '../visibility.ts';
import { projectEntity } from './entity.ts';

const TAKEN = 'Project with same name or path in target namespace already exists';

/**
 * Moves a project into another group or personal namespace. Its old path leads to the new one; one that would be seen
 * by more people than its new group is narrowed to it.
 * @throws PosternError saying what is in the way.
 */
export function transferProject(
  { db }: Deps,
  audit: Audit,
  moved: ProjectRow,
  to: NamespaceRow,
  { author: by, confirm }: Authorised,
): Promise<ProjectRow> {
  return inTransaction(db, async (trx) => {
    await lockHierarchy(trx, 'exclusive');
    await confirm(trx);
    const project = await findProject(trx, moved.id);
    if (!project) throw notFound('project');
    const namespace = await findNamespace(trx, to.id);
    if (!namespace) throw notFound('namespace');
    if (namespace.id === project.namespace_id)
      throw inField('namespace', ruleBroken('Project is already in this namespace.'));
    await pathIsFree(moveRoutes(trx, project.full_path, `${namespace.full_path}/${project.path}`), TAKEN);
    const tooWide = namespace.kind === 'group' && widerThan(namespace.visibility).includes(project.visibility);
    const visibility = tooWide ? namespace.visibility : project.visibility;
    await updateProject(trx, project.id, { namespace_id: namespace.id, visibility });
    await recountAbove(trx, namespace.lineage);
    const after = await findProject(trx, project.id);
    if (!after) throw new Error('the project just moved is not there');
    const entity = projectEntity(after);
    const details = {
      from: project.full_path,
      to: after.full_path,
      visibility: { from: project.visibility, to: visibility },
    };
    const target = { kind: 'Project', id: after.id, name: after.name };
    await audit.record({ action: 'project_transferred', by, entity, target, details }, trx);
    return after;
  });
}
