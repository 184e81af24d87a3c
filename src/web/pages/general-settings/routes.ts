import type { Permission } from '../../../authz/permissions.ts';
import type { Route } from '../../../http/route.ts';
import { formRow, pageRow, type Web } from '../../page.ts';
import { FULL_PATH } from '../../paths.ts';
import { act } from './actions.ts';
import { generalSettingsPage } from './general-settings-page.tsx';
import type { SectionName } from './section-props.tsx';
import { readAround, type SettingsVisit } from './settings-subject.ts';

/** The permission for each form. */
const PROJECT: [SectionName, Permission][] = [
  ['general', 'admin_project'],
  ['features', 'admin_project'],
  ['branch', 'admin_project'],
  ['archive', 'archive_project'],
  ['path', 'change_namespace'],
  ['transfer', 'change_namespace'],
  ['destroy', 'remove_project'],
];

const GROUP: [SectionName, Permission][] = [
  ['general', 'admin_group'],
  ['path', 'admin_group'],
  ['transfer', 'admin_group'],
  ['destroy', 'remove_group'],
];

/** Settings > General of a project and of a group. The addresses of the pages are GitLab's. */
export function generalSettingsRoutes(web: Web): Route[] {
  const show = async (visit: SettingsVisit) => generalSettingsPage(visit, await readAround(web, visit));
  const rows = (on: 'project' | 'group', page: string, forms: typeof PROJECT) => {
    const access = (permission: Permission) => ({ on, by: 'path', param: 'path', permission }) as const;
    return [
      pageRow(web, page, access(on === 'project' ? 'admin_project' : 'admin_group'), show),
      ...forms.map(([section, permission]) =>
        formRow(web, `${page}/${section}`, access(permission), (visit: SettingsVisit, form) =>
          act(web, visit, section, form),
        ),
      ),
    ];
  };
  return [...rows('group', `/groups/${FULL_PATH}/-/edit`, GROUP), ...rows('project', `/${FULL_PATH}/edit`, PROJECT)];
}
