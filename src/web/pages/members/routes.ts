import type { Permission } from '../../../authz/permissions.ts';
import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { addMember, askAbout, changeMember, leave, removeMember } from './actions.ts';
import { membersPage } from './members-page.tsx';
import type { MembersVisit } from './members-subject.ts';
import { readMembers } from './read-members.ts';

/**
 * Members of groups and projects. A path of a group looks like one of a project too, so groups are tried first.
 */
export function memberRoutes(web: Web): Route[] {
  const show = async (visit: MembersVisit) => membersPage(visit, await readMembers(web, visit));
  return (['group', 'project'] as const).flatMap((on) => {
    const page = `${on === 'group' ? '/groups' : ''}/${FULL_PATH}/-/${on}_members`;
    const access = <P extends Permission>(permission: P) => ({ on, by: 'path', param: 'path', permission }) as const;
    const read = access('read_member');
    const admin = access('admin_member');
    return [
      pageRow(web, page, read, show),
      formRow(web, page, admin, (visit: MembersVisit, form) => addMember(web, visit, form)),
      formRow(web, `${page}/leave`, read, (visit: MembersVisit, form) => leave(web, visit, form)),
      pageRow(web, `${page}/:user_id/change`, admin, (visit: MembersVisit) => askAbout(web, visit, 'change')),
      formRow(web, `${page}/:user_id/change`, admin, (visit: MembersVisit, form) => changeMember(web, visit, form)),
      pageRow(web, `${page}/:user_id/remove`, admin, (visit: MembersVisit) => askAbout(web, visit, 'remove')),
      formRow(web, `${page}/:user_id/remove`, admin, (visit: MembersVisit, form) => removeMember(web, visit, form)),
    ];
  });
}
