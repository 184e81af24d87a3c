import type { DeployTokenScope } from '../../src/domain/deploy-tokens/scopes.ts';
import type { PersonalScope } from '../../src/domain/personal-tokens/scopes.ts';
import type { Access } from '../../src/http/route.ts';

/**
 * The permissions, written a second time from GitLab's documentation and not from src/authz, so that a mistake in
 * either is found. A permission that is not here has no expectation, and the test of the matrix fails until it has one.
 */
interface Expectation {
  /** The least role on a project and on a group; absent: no role is enough, or it is not asked on that. */
  project?: number;
  group?: number;
  /** On the server itself. */
  instance?: 'anyone' | 'user' | 'admin';
  /** Changes something: not for `read_api`. */
  writes?: true;
  /** Everyone may on what is public. */
  publicly?: true;
  deploy?: readonly DeployTokenScope[];
  /** Deploy token scopes that are enough on a project and on the server; below, on a group. */
  deployOnGroup?: readonly DeployTokenScope[];
  /** Beside `api`, and `read_api` for what only reads. */
  personal?: readonly PersonalScope[];
}

const READ_PACKAGES = ['read_package_registry', 'write_package_registry'] as const;
const ANY_PERSONAL = ['read_repository', 'write_repository', 'read_registry', 'write_registry'] as const;

const IMAGES = ['read_registry', 'write_registry'] as const;

const EXPECTED: Record<string, Expectation> = {
  read_project: { project: 10, publicly: true, deploy: READ_PACKAGES },
  download_code: {
    project: 20,
    publicly: true,
    deploy: ['read_repository'],
    personal: ['read_repository', 'write_repository'],
  },
  push_code: { project: 30, writes: true, personal: ['write_repository'] },
  read_container_image: {
    project: 20,
    group: 20,
    publicly: true,
    deploy: ['read_registry'],
    personal: ['read_registry'],
  },
  create_container_image: { project: 30, writes: true, deploy: ['write_registry'], personal: ['write_registry'] },
  destroy_container_image: { project: 30, writes: true },
  admin_container_image: { project: 40, writes: true },
  read_package: { project: 20, group: 20, publicly: true, deploy: READ_PACKAGES, deployOnGroup: READ_PACKAGES },
  create_package: {
    project: 30,
    group: 30,
    writes: true,
    deploy: ['write_package_registry'],
    deployOnGroup: ['write_package_registry'],
  },
  withdraw_package: { project: 40, writes: true, deploy: ['write_package_registry'] },
  destroy_package: { project: 40, writes: true, deploy: ['write_package_registry'] },
  read_package_rule: { project: 40 },
  admin_package: { project: 40, writes: true },
  read_deploy_token: { project: 40, group: 40 },
  create_deploy_token: { project: 40, group: 40, writes: true },
  destroy_deploy_token: { project: 40, group: 40, writes: true },
  read_member: { project: 10, group: 10, publicly: true },
  admin_member: { project: 40, group: 50, writes: true },
  admin_project: { project: 40, writes: true },
  archive_project: { project: 50, writes: true },
  change_namespace: { project: 50, writes: true },
  remove_project: { project: 50, writes: true },
  read_statistics: { project: 20, group: 20 },
  admin_storage_limit: { project: 60, group: 60, instance: 'admin', writes: true },
  read_audit_event: { project: 50, group: 50 },
  read_group: { group: 10, publicly: true, deployOnGroup: READ_PACKAGES },
  admin_group: { group: 50, writes: true },
  create_subgroup: { group: 40, writes: true },
  create_projects: { group: 30, writes: true },
  remove_group: { group: 50, writes: true },
  read_instance: { instance: 'user' },
  read_user: { instance: 'user' },
  list_projects: { instance: 'anyone' },
  use_registry: { instance: 'anyone', deploy: IMAGES, personal: IMAGES },
  list_images: { instance: 'admin' },
  find_packages: { instance: 'anyone', deploy: READ_PACKAGES },
  create_group: { instance: 'user', writes: true },
  create_personal_project: { instance: 'user', writes: true },
  read_own_token: { instance: 'user' },
  revoke_own_token: { instance: 'user', writes: true },
  create_own_token: { instance: 'user', writes: true },
  admin_own_account: { instance: 'user', writes: true },
  read_presented_token: { instance: 'user', personal: ANY_PERSONAL },
  revoke_presented_token: { instance: 'user', writes: true, personal: [...ANY_PERSONAL, 'read_api'] },
  read_users_in_full: { instance: 'admin' },
  admin_users: { instance: 'admin', writes: true },
  read_all_deploy_tokens: { instance: 'admin' },
  read_all_audit_events: { instance: 'admin' },
};

/** The caller, as a row of the matrix. */
export type Caller =
  | { kind: 'anonymous' }
  | { kind: 'bad credential' }
  /** `reach`: the project, or a group above it and above the group that is asked for. */
  | { kind: 'deploy token'; scopes: readonly DeployTokenScope[]; reach: 'project' | 'group' | 'elsewhere' }
  | { kind: 'user'; role: number; admin: boolean; scopes: readonly PersonalScope[] };

export interface Target {
  visibility: 'private' | 'internal' | 'public';
}

/** The outcome of a request to a protocol. A protocol that is not here has no expectation. */
const PROTOCOLS: Record<string, { deployTokens: boolean; hidden: 401 | 404; strange: 401 | 404 }> = {
  /** `hidden`: to who is not signed in; `strange`: to a deploy token of someone else. */
  api: { deployTokens: false, hidden: 404, strange: 404 },
  git: { deployTokens: true, hidden: 401, strange: 401 },
  lfs: { deployTokens: true, hidden: 401, strange: 401 },
  generic: { deployTokens: true, hidden: 401, strange: 404 },
  maven: { deployTokens: true, hidden: 401, strange: 404 },
  npm: { deployTokens: true, hidden: 401, strange: 404 },
  pypi: { deployTokens: true, hidden: 401, strange: 404 },
  registry: { deployTokens: true, hidden: 401, strange: 404 },
  token: { deployTokens: true, hidden: 401, strange: 404 },
  web: { deployTokens: false, hidden: 401, strange: 404 },
};

/** @returns the status of a refusal, or `reached` when the row's handler must be run. */
export function expectedOutcome(protocol: string, access: Access, caller: Caller, target: Target): number | 'reached' {
  if (access.on === 'anyone') return 'reached';
  const door = PROTOCOLS[protocol];
  const expected = EXPECTED[access.permission];
  if (!door) throw new Error(`the protocol ${protocol} has no expectation: add it to ${import.meta.file}`);
  if (!expected) throw new Error(`${access.permission} has no expectation: add it to ${import.meta.file}`);
  if (caller.kind === 'bad credential') return 401;
  if (caller.kind === 'deploy token' && !door.deployTokens) return 401;
  if (access.on === 'instance') return onInstance(caller, expected);

  const open =
    expected.publicly === true &&
    (target.visibility === 'public' || (target.visibility === 'internal' && caller.kind === 'user'));
  switch (caller.kind) {
    case 'anonymous':
      if (open) return 'reached';
      return door.hidden === 404 && target.visibility === 'public' ? 403 : door.hidden;
    case 'user':
      return forUser(caller, expected, access.on, open, target);
    case 'deploy token':
      return forToken(caller, expected, access, target) ?? door.strange;
  }
}

function onInstance(caller: Caller, expected: Expectation): number | 'reached' {
  if (caller.kind === 'anonymous') return expected.instance === 'anyone' ? 'reached' : 401;
  if (caller.kind === 'deploy token')
    return caller.scopes.some((scope) => expected.deploy?.includes(scope)) ? 'reached' : 403;
  if (caller.kind !== 'user') return 403;
  if (!inScope(caller.scopes, expected)) return 403;
  return expected.instance === 'admin' && !caller.admin ? 403 : 'reached';
}

function forUser(
  caller: Extract<Caller, { kind: 'user' }>,
  expected: Expectation,
  on: 'project' | 'group',
  open: boolean,
  target: Target,
): number | 'reached' {
  if (target.visibility === 'private' && caller.role === 0 && !caller.admin) return 404;
  if (!inScope(caller.scopes, expected)) return 403;
  return open || caller.admin || caller.role >= (expected[on] ?? 1000) ? 'reached' : 403;
}

/** Undefined: the token does not reach it. */
function forToken(
  caller: Extract<Caller, { kind: 'deploy token' }>,
  expected: Expectation,
  access: { on: 'project' | 'group'; permission: string },
  target: Target,
): number | 'reached' | undefined {
  // Code is not among what is open to every token: git refuses a token of elsewhere at the door.
  const open = target.visibility === 'public' && expected.publicly === true && !/code|member/.test(access.permission);
  // With a token of a project in it a group is asked for the packages of that project alone: other rights on it it has
  // none.
  const own =
    access.permission === 'read_package' && caller.scopes.some((scope) => READ_PACKAGES.some((s) => s === scope));
  const reaches = caller.reach === 'group' || (caller.reach === 'project' && (access.on === 'project' || own));
  if (open) return 'reached';
  const enough = (access.on === 'project' ? expected.deploy : expected.deployOnGroup) ?? [];
  if (!reaches) return undefined;
  return caller.scopes.some((scope) => enough.includes(scope)) ? 'reached' : 403;
}

function inScope(scopes: readonly PersonalScope[], expected: Expectation): boolean {
  return scopes.some(
    (scope) =>
      scope === 'api' ||
      (scope === 'read_api' && expected.writes !== true) ||
      expected.personal?.includes(scope) === true,
  );
}
