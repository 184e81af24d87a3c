import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import { type Permission, permissionRow } from './permissions.ts';

/**
 * The callers that have the permissions that anyone has: a feature for members only is as private as in a private
 * project, although the project itself is visible.
 */
export function openTo(permission: Permission, facts: ProjectFacts | GroupFacts): ProjectFacts['visibility'] {
  const { feature } = permissionRow(permission);
  return facts.on === 'project' && feature !== undefined && facts.membersOnly[feature] ? 'private' : facts.visibility;
}
