import type { AccessLevel } from '../domain/members/roles.ts';
import type { Permission } from './permissions.ts';

/** The permissions that each role adds to the role below it. */
const ADDED: Record<AccessLevel, readonly Permission[]> = {
  10: ['read_project', 'read_group', 'read_member'],
  20: ['download_code', 'read_container_image', 'read_package', 'read_statistics'],
  30: ['push_code', 'create_container_image', 'destroy_container_image', 'create_package', 'create_projects'],
  40: [
    'admin_container_image',
    'withdraw_package',
    'destroy_package',
    'read_package_rule',
    'admin_package',
    'read_deploy_token',
    'create_deploy_token',
    'destroy_deploy_token',
    'admin_project',
    'create_subgroup',
  ],
  50: ['archive_project', 'change_namespace', 'remove_project', 'admin_group', 'remove_group', 'read_audit_event'],
};

/** Maintainers manage a project's members; a group's are its owners' to manage. */
const MEMBER_ADMIN: Record<'project' | 'group', AccessLevel> = { project: 40, group: 50 };

/** Whether a role allows something; 0 allows nothing. */
export function roleAllows(level: number, permission: Permission, on: 'project' | 'group'): boolean {
  if (permission === 'admin_member') return level >= MEMBER_ADMIN[on];
  return Object.entries(ADDED).some(
    ([least, permissions]) => level >= Number(least) && permissions.includes(permission),
  );
}

const TITLES: Record<AccessLevel, string> = {
  10: 'Guest',
  20: 'Reporter',
  30: 'Developer',
  40: 'Maintainer',
  50: 'Owner',
};
const LEVELS = [10, 20, 30, 40, 50] as const satisfies readonly AccessLevel[];

/** The title of the lowest role that allows something; undefined where only administrators may do it. */
export function lowestRoleFor(permission: Permission, on: 'project' | 'group'): string | undefined {
  const level = LEVELS.find((one) => roleAllows(one, permission, on));
  return level && TITLES[level];
}

/** The permissions of everyone on public targets, and of every user on internal targets. */
export const PUBLIC_PERMISSIONS: readonly Permission[] = [
  'read_project',
  'read_group',
  'read_member',
  'download_code',
  'read_container_image',
  'read_package',
];

/** The permissions of every user on the server. */
export const USER_PERMISSIONS: readonly Permission[] = [
  'read_instance',
  'read_user',
  'list_projects',
  'create_group',
  'create_personal_project',
  'read_own_token',
  'revoke_own_token',
  'create_own_token',
  'admin_own_account',
  'read_presented_token',
  'revoke_presented_token',
  'use_registry',
  'find_packages',
];

/** The permissions on the server of callers that are not signed in. */
export const ANONYMOUS_PERMISSIONS: readonly Permission[] = ['list_projects', 'use_registry', 'find_packages'];
