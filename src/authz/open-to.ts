import type { GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import { type Permission, permissionRow } from './permissions.ts';

/**
 * Who may do what anyone may: a feature for members alone is as private as in a private project, whoever sees that it
 * is there.
 */
export function openTo(permission: Permission, facts: ProjectFacts | GroupFacts): ProjectFacts['visibility'] {
  const { feature } = permissionRow(permission);
  return facts.on === 'project' && feature !== undefined && facts.membersOnly[feature] ? 'private' : facts.visibility;
}
