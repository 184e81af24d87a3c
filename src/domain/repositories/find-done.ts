import type { RefCommand } from '../../store/git/push-commands.ts';
import { listNextUpdates } from '../../store/tables/pushes.ts';
import type { Deps } from '../deps.ts';
import type { OpenPush } from './push-rows.ts';

/**
 * The commands of a push that were carried out, as the journal and the refs show. If a later push has updated the ref,
 * its update must begin with the object of the command; if none has, the ref must have that object now.
 */
export async function findDone(
  { db, git }: Pick<Deps, 'db' | 'git'>,
  { id, project, commands }: OpenPush,
): Promise<RefCommand[]> {
  const names = commands.map(({ ref }) => ref);
  const values = await git.refValues(project.id, names);
  const updates = await listNextUpdates(db, project.id, id, names);
  const next = new Map(updates.map(({ ref, old_id }) => [ref, old_id]));
  return commands.filter(({ ref, new: wanted }) => {
    const after = next.has(ref) ? next.get(ref) : (values.get(ref) ?? null);
    return after === wanted;
  });
}
