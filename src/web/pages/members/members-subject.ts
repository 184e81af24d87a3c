import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { ActorWithRole, MemberOwner } from '../../../domain/members/members.ts';
import { ROLES } from '../../../domain/members/roles.ts';
import type { Visit } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';

export type MembersVisit = Visit<ProjectFacts | GroupFacts>;

/** The project or group of a members page. */
export interface MembersSubject extends MemberOwner {
  /** The full path of the project or group. */
  path: string;
  /** The address of its page; of what is done there, with a word behind it. */
  page(action?: string): string;
}

export function membersSubjectOf({ facts }: MembersVisit): MembersSubject {
  const [{ id, full_path: path }, address, page] =
    facts.on === 'project'
      ? ([facts.project, projectPath, '/-/project_members'] as const)
      : ([facts.group, groupPath, '/-/group_members'] as const);
  return { kind: facts.on, id, path, page: (action = '') => address(path, `${page}${action}`) };
}

/** Administrators rank above all roles. */
export const actorWithRole = ({ context, facts, actor: user }: MembersVisit): ActorWithRole => ({
  by: context.author,
  level: user?.admin ? ROLES.owner : facts.level,
});
