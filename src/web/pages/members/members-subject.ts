import type { GroupFacts, ProjectFacts } from '../../../domain/access/facts.ts';
import type { MemberOwner } from '../../../domain/members/members.ts';
import type { AccessLevel } from '../../../domain/members/roles.ts';
import type { Visit } from '../../page.ts';
import { groupPath, projectPath } from '../../paths.ts';
import { ROLE_WORDS } from './roles.ts';

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

/** Whether they may grant, change and take away this role. */
export const managesRole = ({ context, facts }: MembersVisit, role: AccessLevel): boolean =>
  context.permitOn(facts, 'admin_member', { role }).allow;

/** The roles that they may grant, to choose from. */
export const choicesFor = (visit: MembersVisit) =>
  ROLE_WORDS.filter(({ level }) => managesRole(visit, level)).map(({ level, title }) => ({
    value: String(level),
    label: title,
  }));
