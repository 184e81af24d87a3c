import { inField, ruleBroken } from '../../lib/errors.ts';
import { inTransaction } from '../../store/db/database.ts';
import type { ProjectRow } from '../../store/tables/projects.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { projectEntity } from './entity.ts';

/**
 * Sets the branch that a clone checks out.
 * @param branch without `refs/heads/`.
 * @throws PosternError `invalid` when the repository has no such branch.
 */
export async function setDefaultBranch(
  { db, git }: Pick<Deps, 'db' | 'git'>,
  audit: Audit,
  project: ProjectRow,
  branch: string,
  { author, confirm }: Authorised,
): Promise<void> {
  const from = await git.defaultBranch(project.id);
  const ref = `refs/heads/${branch}`;
  if (!(await git.refValues(project.id, [ref])).has(ref))
    throw inField(
      'default_branch',
      // The sentence of GitLab.
      ruleBroken(`Could not set the default branch. Do you have a branch named '${branch}' in your repository?`),
    );
  if (branch === from) return;
  await inTransaction(db, async (trx) => {
    await confirm(trx);
    const entity = projectEntity(project);
    const target = { kind: 'Project', id: project.id, name: project.name };
    const details = { from, to: branch };
    await audit.record({ action: 'project_default_branch_changed', by: author, entity, target, details }, trx);
    await git.setDefaultBranch(project.id, branch);
  });
}
