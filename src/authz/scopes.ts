import type { DeployTokenScope } from '../domain/deploy-tokens/scopes.ts';
import type { PersonalScope } from '../domain/personal-tokens/scopes.ts';
import { type Permission, permissionRow } from './permissions.ts';

/** What each scope of a deploy token allows, on a project and on a group. */
export const DEPLOY_TOKEN_ALLOWS: Record<
  DeployTokenScope,
  { project: readonly Permission[]; group: readonly Permission[] }
> = {
  read_repository: { project: ['download_code'], group: [] },
  read_registry: { project: ['read_container_image'], group: [] },
  write_registry: { project: ['create_container_image'], group: [] },
  read_package_registry: { project: ['read_package', 'read_project'], group: ['read_package', 'read_group'] },
  write_package_registry: {
    project: ['create_package', 'read_package', 'destroy_package', 'read_project'],
    group: ['create_package', 'read_package', 'read_group'],
  },
};

/** What each scope of a personal access token leaves of its user's permissions. */
const PERSONAL_ALLOWS: Record<PersonalScope, (permission: Permission) => boolean> = {
  api: () => true,
  read_api: (permission) => !permissionRow(permission).writes,
  read_repository: (permission) => permission === 'download_code',
  write_repository: (permission) => permission === 'download_code' || permission === 'push_code',
  read_registry: (permission) => permission === 'read_container_image',
  write_registry: (permission) => permission === 'create_container_image',
};

export function deployScopeAllows(
  scopes: readonly DeployTokenScope[],
  permission: Permission,
  on: 'project' | 'group',
): boolean {
  return scopes.some((scope) => DEPLOY_TOKEN_ALLOWS[scope][on].includes(permission));
}

/** Whatever it is for, a token can look at itself and end itself: whoever finds one must be able to. */
const SELF_SERVICE: readonly Permission[] = ['read_presented_token', 'revoke_presented_token'];

export function personalScopeAllows(scopes: readonly PersonalScope[], permission: Permission): boolean {
  return SELF_SERVICE.includes(permission) || scopes.some((scope) => PERSONAL_ALLOWS[scope](permission));
}

/** The deploy token scopes that would allow something, for the sentence that says which one is missing. */
export function scopesThatAllow(permission: Permission): DeployTokenScope[] {
  const scopes = Object.keys(DEPLOY_TOKEN_ALLOWS) as DeployTokenScope[];
  return scopes.filter((scope) => DEPLOY_TOKEN_ALLOWS[scope].project.includes(permission));
}
