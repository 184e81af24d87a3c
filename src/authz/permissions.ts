import { defined } from '../lib/defined.ts';

/** Above every role there is. */
export const ADMINISTRATOR_ROLE = 60;

/** The kind of target that a permission is on. */
export type Subject = 'project' | 'group' | 'instance';

/** A feature that can be switched off. */
export type Feature = 'repository' | 'registry' | 'packages';

/** The operations that a protected package name reserves for a role: publishing and changing, or deleting. */
export type Protected = 'push' | 'delete';

export interface PermissionRow {
  on: readonly Subject[];
  /** Changes something: refused on an archived project and to read-only scopes. */
  writes: boolean;
  /** The feature of the server and of a project that must be on. */
  feature?: Feature;
  /** Which role a protected name of a package asks for. */
  protectedBy?: Protected;
  doc: string;
}

const row = (
  on: Subject | readonly Subject[],
  kind: 'reads' | 'writes',
  doc: string,
  feature?: Feature,
  protectedBy?: Protected,
): PermissionRow => ({
  on: typeof on === 'string' ? [on] : on,
  writes: kind === 'writes',
  doc,
  ...defined({ feature, protectedBy }),
});

const PROJECT_OR_GROUP = ['project', 'group'] as const;

/** Every permission there is. The names are GitLab's. */
export const PERMISSIONS = {
  read_project: row('project', 'reads', 'See the project, its name and non-secret settings'),
  download_code: row('project', 'reads', 'Clone, fetch, and download LFS objects', 'repository'),
  push_code: row('project', 'writes', 'Push, upload LFS objects, and lock files', 'repository'),
  read_container_image: row(PROJECT_OR_GROUP, 'reads', 'Pull images and list them', 'registry'),
  create_container_image: row('project', 'writes', 'Push images', 'registry'),
  destroy_container_image: row('project', 'writes', 'Delete tags and manifests', 'registry'),
  admin_container_image: row('project', 'writes', 'Delete images, and delete tags by pattern', 'registry'),
  read_package: row(PROJECT_OR_GROUP, 'reads', 'Install packages', 'packages'),
  create_package: row(PROJECT_OR_GROUP, 'writes', 'Publish packages and set their tags', 'packages', 'push'),
  withdraw_package: row('project', 'writes', 'Deprecate and yank versions, and remove tags', 'packages', 'push'),
  destroy_package: row('project', 'writes', 'Delete packages', 'packages', 'delete'),
  read_package_rule: row('project', 'reads', 'See package protection rules', 'packages'),
  admin_package: row('project', 'writes', 'Manage package protection rules', 'packages'),
  read_deploy_token: row(PROJECT_OR_GROUP, 'reads', 'List deploy tokens'),
  create_deploy_token: row(PROJECT_OR_GROUP, 'writes', 'Create deploy tokens'),
  destroy_deploy_token: row(PROJECT_OR_GROUP, 'writes', 'Revoke and delete deploy tokens'),
  read_member: row(PROJECT_OR_GROUP, 'reads', 'List members'),
  admin_member: row(PROJECT_OR_GROUP, 'writes', "Add, change and remove members, up to the caller's own role"),
  admin_project: row('project', 'writes', 'Change name, description, visibility and features'),
  archive_project: row('project', 'writes', 'Archive and unarchive'),
  change_namespace: row('project', 'writes', 'Move to another namespace, or rename the path'),
  remove_project: row('project', 'writes', 'Delete the project and everything in it'),
  read_statistics: row(PROJECT_OR_GROUP, 'reads', 'See storage usage and limits'),
  admin_storage_limit: row(['project', 'group', 'instance'], 'writes', 'Set storage limits'),
  read_audit_event: row(PROJECT_OR_GROUP, 'reads', 'Read the audit log'),
  read_group: row('group', 'reads', 'See the group and its name'),
  admin_group: row('group', 'writes', 'Change name, path, description and visibility, and move it'),
  create_subgroup: row('group', 'writes', 'Create groups in it'),
  create_projects: row('group', 'writes', 'Create projects in it, and move projects into it'),
  remove_group: row('group', 'writes', 'Delete the group and everything in it'),
  use_registry: row('instance', 'reads', 'Sign in to the container registry'),
  list_images: row('instance', 'reads', 'List all images of the instance'),
  find_packages: row('instance', 'reads', 'Look up packages by name; visible according to their projects'),
  read_instance: row('instance', 'reads', 'See the version of the server'),
  read_user: row('instance', 'reads', 'See their own account and the names of other users'),
  list_projects: row('instance', 'reads', 'List visible projects and groups'),
  create_group: row('instance', 'writes', 'Create top-level groups'),
  create_personal_project: row('instance', 'writes', 'Create projects in their personal namespace'),
  read_own_token: row('instance', 'reads', 'See their own personal access tokens'),
  revoke_own_token: row('instance', 'writes', 'Revoke and rotate their own personal access tokens'),
  create_own_token: row('instance', 'writes', 'Create their own personal access tokens, only on pages'),
  admin_own_account: row('instance', 'writes', 'Change their own name and password, and end their own sessions'),
  read_presented_token: row('instance', 'reads', 'See the personal access token used for the request'),
  revoke_presented_token: row('instance', 'writes', 'Revoke the personal access token used for the request'),
  read_users_in_full: row('instance', 'reads', 'See all properties of all users, and their personal access tokens'),
  admin_users: row('instance', 'writes', 'Create and block users; create and revoke their personal access tokens'),
  read_all_deploy_tokens: row('instance', 'reads', 'List all deploy tokens of the instance'),
  read_all_audit_events: row('instance', 'reads', 'Read the audit log of the instance'),
} as const satisfies Record<string, PermissionRow>;

export type Permission = keyof typeof PERMISSIONS;

export const permissionRow = (permission: Permission): PermissionRow => PERMISSIONS[permission];

/** The actions that bearer tokens of the registry are issued for, in the terms of its token protocol. */
export type GrantAction = 'pull' | 'push' | 'delete' | '*';

const GRANTED_AS: Partial<Record<Permission, GrantAction>> = {
  read_container_image: 'pull',
  create_container_image: 'push',
  destroy_container_image: 'delete',
  list_images: '*',
};

/**
 * The action that a bearer token must have been issued for. A permission without an action is never granted to such a
 * token.
 */
export const actionOf = (permission: Permission): GrantAction | undefined => GRANTED_AS[permission];
