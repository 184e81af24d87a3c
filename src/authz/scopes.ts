import type { DeployTokenScope } from '../domain/deploy-tokens/scopes.ts';
import type { PersonalScope } from '../domain/personal-tokens/scopes.ts';
import { type Permission, permissionRow, type Subject } from './permissions.ts';

/** The permissions of each scope of a deploy token, on a project, on a group and on the server. */
const DEPLOY_TOKEN_ALLOWS: Record<
  DeployTokenScope,
  { project: readonly Permission[]; group: readonly Permission[]; instance: readonly Permission[] }
> = {
  read_repository: { project: ['download_code'], group: [], instance: [] },
  read_registry: { project: ['read_container_image'], group: [], instance: ['use_registry'] },
  write_registry: { project: ['create_container_image'], group: [], instance: ['use_registry'] },
  read_package_registry: {
    project: ['read_package', 'read_project'],
    group: ['read_package', 'read_group'],
    instance: ['find_packages'],
  },
  write_package_registry: {
    project: ['create_package', 'read_package', 'withdraw_package', 'destroy_package', 'read_project'],
    group: ['create_package', 'read_package', 'read_group'],
    instance: ['find_packages'],
  },
};

/** The user's permissions that each scope of a personal access token keeps. */
const PERSONAL_ALLOWS: Record<PersonalScope, (permission: Permission) => boolean> = {
  api: () => true,
  read_api: (permission) => !permissionRow(permission).writes,
  read_repository: (permission) => permission === 'download_code',
  write_repository: (permission) => permission === 'download_code' || permission === 'push_code',
  read_registry: (permission) => permission === 'read_container_image' || permission === 'use_registry',
  write_registry: (permission) => permission === 'create_container_image' || permission === 'use_registry',
};

export function deployScopeAllows(scopes: readonly DeployTokenScope[], permission: Permission, on: Subject): boolean {
  return scopes.some((scope) => DEPLOY_TOKEN_ALLOWS[scope][on].includes(permission));
}

/** Every token can read and revoke itself, so that a finder can end it. */
const SELF_SERVICE: readonly Permission[] = ['read_presented_token', 'revoke_presented_token'];

export function personalScopeAllows(scopes: readonly PersonalScope[], permission: Permission): boolean {
  return SELF_SERVICE.includes(permission) || scopes.some((scope) => PERSONAL_ALLOWS[scope](permission));
}

/** The personal access token scopes that would allow something, in canonical order. */
export const personalScopesThatAllow = (permission: Permission): PersonalScope[] =>
  (Object.keys(PERSONAL_ALLOWS) as PersonalScope[]).filter((scope) => PERSONAL_ALLOWS[scope](permission));

/** The deploy token scopes that would allow something, for the sentence that says which one is missing. */
export function scopesThatAllow(permission: Permission): DeployTokenScope[] {
  const scopes = Object.keys(DEPLOY_TOKEN_ALLOWS) as DeployTokenScope[];
  const allows = (scope: DeployTokenScope) => Object.values(DEPLOY_TOKEN_ALLOWS[scope]).flat().includes(permission);
  return scopes.filter(allows);
}
