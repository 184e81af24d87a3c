import type { Permission } from '../../authz/permissions.ts';
import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Visit } from '../page.ts';
import { groupPath, projectPath } from '../paths.ts';
import type { Tab } from './tabs.tsx';

interface Listed {
  title: string;
  /** Behind the path of the project or group. */
  page: string;
  /** The permission that shows the tab. */
  permission: Permission;
}

/** The pages of a project; a new one has its line here. */
const PROJECT: readonly Listed[] = [
  { title: 'Overview', page: '', permission: 'read_project' },
  { title: 'Images', page: '/container_registry', permission: 'read_container_image' },
  { title: 'Packages', page: '/-/packages', permission: 'read_package' },
  { title: 'Members', page: '/-/project_members', permission: 'read_member' },
  { title: 'Usage', page: '/-/usage', permission: 'read_deploy_token' },
];

const PROJECT_SETTINGS: readonly Listed[] = [
  { title: 'General', page: '/edit', permission: 'admin_project' },
  { title: 'Repository', page: '/-/settings/repository', permission: 'read_deploy_token' },
  { title: 'Packages', page: '/-/settings/packages_and_registries', permission: 'read_package_rule' },
  {
    title: 'Images',
    page: '/-/settings/packages_and_registries/cleanup_image_tags',
    permission: 'admin_container_image',
  },
  { title: 'Storage', page: '/-/usage_quotas', permission: 'read_deploy_token' },
  { title: 'Audit log', page: '/-/audit_events', permission: 'read_audit_event' },
];

const GROUP: readonly Listed[] = [
  { title: 'Overview', page: '', permission: 'read_group' },
  { title: 'Images', page: '/-/container_registries', permission: 'read_container_image' },
  { title: 'Packages', page: '/-/packages', permission: 'read_package' },
  { title: 'Members', page: '/-/group_members', permission: 'read_member' },
];

const GROUP_SETTINGS: readonly Listed[] = [
  { title: 'General', page: '/-/edit', permission: 'admin_group' },
  { title: 'Repository', page: '/-/settings/repository', permission: 'read_deploy_token' },
  { title: 'Storage', page: '/-/usage_quotas', permission: 'read_deploy_token' },
  { title: 'Audit log', page: '/-/audit_events', permission: 'read_audit_event' },
];

/** The tabs of a project that who asks may open. */
export function projectTabs(visit: Visit<ProjectFacts>): Tab[] {
  const path = visit.facts.project.full_path;
  return tabsFor(visit, PROJECT, PROJECT_SETTINGS, (page) => projectPath(path, page));
}

/** The tabs of a group that who asks may open. */
export function groupTabs(visit: Visit<GroupFacts>): Tab[] {
  const { full_path: path, kind } = visit.facts.group;
  // A personal namespace has only an overview page: it is created and deleted with its user.
  const own = kind === 'user';
  return tabsFor(visit, own ? GROUP.slice(0, 1) : GROUP, own ? [] : GROUP_SETTINGS, (page) => groupPath(path, page));
}

function tabsFor(
  { can }: Visit,
  pages: readonly Listed[],
  settings: readonly Listed[],
  href: (page: string) => string,
): Tab[] {
  const open = (list: readonly Listed[]) =>
    list.filter(({ permission }) => can(permission)).map(({ title, page }): Tab => ({ title, href: href(page) }));
  const below = open(settings);
  const [first] = below;
  return first ? [...open(pages), { title: 'Settings', href: first.href, below }] : open(pages);
}
