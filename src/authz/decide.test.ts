import { expect, test } from 'bun:test';
import { about } from '../../test/support/decision-facts.ts';
import type { Facts, GroupFacts, ProjectFacts } from '../domain/access/facts.ts';
import { DEPLOY_TOKEN_SCOPES, type DeployTokenScope } from '../domain/deploy-tokens/scopes.ts';
import type { DeployToken, DeployTokenState } from '../domain/deploy-tokens/token.ts';
import { PERSONAL_SCOPES, type PersonalScope } from '../domain/personal-tokens/scopes.ts';
import { type Actor, ANONYMOUS, type DeployTokenActor, type UserActor } from './actor.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/**
 * The whole table of decisions, against the rules as DESIGN.md and GitLab state them, written down here a second time
 * and in another form: what each permission takes, one line each. No table of the program is used.
 */
interface Rule {
  /** The least role: 10 guest to 50 owner. Left out: the permission is not asked on it. */
  project?: number;
  group?: number;
  /** Actors that may, on the server itself. */
  instance?: 'anyone' | 'users' | 'administrators';
  /** For everyone on what is public, for every user on what is internal. */
  open?: true;
  /** Does nothing where this is switched off. */
  needs?: 'repository' | 'registry' | 'packages';
  writes?: true;
  /** Which scopes of a deploy token allow it on a project, on a group, and on the server. */
  deploy?: Partial<Record<'project' | 'group' | 'instance', readonly DeployTokenScope[]>>;
  /** A token whose reach this is not may still do it on what is public. */
  openToTokens?: true;
  /** The personal scopes, other than `api`, that allow it. */
  scopes?: readonly PersonalScope[];
}

const READ_PACKAGES = ['read_package_registry', 'write_package_registry'] as const;
const WRITE_PACKAGES = ['write_package_registry'] as const;
const READS: readonly PersonalScope[] = ['read_api'];

const RULES: Record<Permission, Rule> = {
  read_project: { project: 10, open: true, scopes: READS, deploy: { project: READ_PACKAGES }, openToTokens: true },
  download_code: {
    project: 20,
    open: true,
    needs: 'repository',
    scopes: ['read_api', 'read_repository', 'write_repository'],
    deploy: { project: ['read_repository'] },
  },
  push_code: { project: 30, needs: 'repository', writes: true, scopes: ['write_repository'] },
  read_container_image: {
    project: 20,
    group: 20,
    open: true,
    needs: 'registry',
    scopes: ['read_api', 'read_registry'],
    deploy: { project: ['read_registry'] },
    openToTokens: true,
  },
  create_container_image: {
    project: 30,
    needs: 'registry',
    writes: true,
    scopes: ['write_registry'],
    deploy: { project: ['write_registry'] },
  },
  destroy_container_image: { project: 30, needs: 'registry', writes: true },
  admin_container_image: { project: 40, needs: 'registry', writes: true },
  read_package: {
    project: 20,
    group: 20,
    open: true,
    needs: 'packages',
    scopes: READS,
    deploy: { project: READ_PACKAGES, group: READ_PACKAGES },
    openToTokens: true,
  },
  create_package: {
    project: 30,
    group: 30,
    needs: 'packages',
    writes: true,
    deploy: { project: WRITE_PACKAGES, group: WRITE_PACKAGES },
  },
  withdraw_package: { project: 40, needs: 'packages', writes: true, deploy: { project: WRITE_PACKAGES } },
  destroy_package: { project: 40, needs: 'packages', writes: true, deploy: { project: WRITE_PACKAGES } },
  read_package_rule: { project: 40, needs: 'packages', scopes: READS },
  admin_package: { project: 40, needs: 'packages', writes: true },
  read_deploy_token: { project: 40, group: 40, scopes: READS },
  create_deploy_token: { project: 40, group: 40, writes: true },
  destroy_deploy_token: { project: 40, group: 40, writes: true },
  read_member: { project: 10, group: 10, open: true, scopes: READS },
  admin_member: { project: 40, group: 50, writes: true },
  admin_project: { project: 40, writes: true },
  archive_project: { project: 50, writes: true },
  change_namespace: { project: 50, writes: true },
  remove_project: { project: 50, writes: true },
  read_statistics: { project: 20, group: 20, scopes: READS },
  // No role: administrators alone.
  admin_storage_limit: { project: 60, group: 60, instance: 'administrators', writes: true },
  read_audit_event: { project: 50, group: 50, scopes: READS },
  read_group: { group: 10, open: true, scopes: READS, deploy: { group: READ_PACKAGES }, openToTokens: true },
  admin_group: { group: 50, writes: true },
  create_subgroup: { group: 40, writes: true },
  create_projects: { group: 30, writes: true },
  remove_group: { group: 50, writes: true },
  use_registry: {
    instance: 'anyone',
    scopes: ['read_api', 'read_registry', 'write_registry'],
    deploy: { instance: ['read_registry', 'write_registry'] },
  },
  find_packages: {
    instance: 'anyone',
    scopes: READS,
    deploy: { instance: ['read_package_registry', 'write_package_registry'] },
  },
  list_images: { instance: 'administrators', scopes: READS },
  read_instance: { instance: 'users', scopes: READS },
  read_user: { instance: 'users', scopes: READS },
  list_projects: { instance: 'anyone', scopes: READS },
  create_group: { instance: 'users', writes: true },
  create_personal_project: { instance: 'users', writes: true },
  read_own_token: { instance: 'users', scopes: READS },
  revoke_own_token: { instance: 'users', writes: true },
  create_own_token: { instance: 'users', writes: true },
  admin_own_account: { instance: 'users', writes: true },
  read_presented_token: { instance: 'users', scopes: PERSONAL_SCOPES },
  revoke_presented_token: { instance: 'users', writes: true, scopes: PERSONAL_SCOPES },
  read_users_in_full: { instance: 'administrators', scopes: READS },
  admin_users: { instance: 'administrators', writes: true },
  read_all_deploy_tokens: { instance: 'administrators', scopes: READS },
  read_all_audit_events: { instance: 'administrators', scopes: READS },
};

const ALL = Object.keys(PERMISSIONS) as Permission[];
const VISIBILITIES = ['private', 'internal', 'public'] as const;
const LEVELS = [0, 10, 20, 30, 40, 50] as const;
const OFF = [null, 'repository', 'registry', 'packages'] as const;
const OPEN_TO_ALL = { repository: false, registry: false, packages: false };

// The project is 5, in group 2, in group 1; the group that is asked about is 2.
const LINEAGE = '/1/2/';

function projectFacts(): ProjectFacts[] {
  return VISIBILITIES.flatMap((visibility) =>
    LEVELS.flatMap((level) =>
      OFF.flatMap((off) =>
        [false, true].map((archived): ProjectFacts => {
          const on = { repository: true, lfs: true, registry: true, packages: true };
          const features = off === null ? on : { ...on, [off]: false };
          const project = { id: 5 } as ProjectFacts['project'];
          return {
            on: 'project',
            project,
            visibility,
            lineage: LINEAGE,
            level,
            archived,
            features,
            membersOnly: OPEN_TO_ALL,
            instance: on,
            moved: false,
          };
        }),
      ),
    ),
  );
}

/** The same with one feature, or all, for members alone. */
const closedFacts = (): ProjectFacts[] =>
  (['repository', 'registry', 'packages', 'all'] as const).flatMap((closed) =>
    projectFacts().map((facts) => ({
      ...facts,
      membersOnly:
        closed === 'all'
          ? { repository: true, registry: true, packages: true }
          : { ...facts.membersOnly, [closed]: true },
    })),
  );

function groupFacts(): GroupFacts[] {
  const group = { id: 2 } as GroupFacts['group'];
  return VISIBILITIES.flatMap((visibility) =>
    LEVELS.flatMap((level) =>
      [null, 'registry' as const, 'packages' as const].map((off): GroupFacts => {
        const instance = { lfs: true, registry: true, packages: true, ...(off === null ? {} : { [off]: false }) };
        return { on: 'group', group, visibility, lineage: LINEAGE, level, instance, moved: false };
      }),
    ),
  );
}

function users(): UserActor[] {
  const tokens = [null, ...PERSONAL_SCOPES.map((scope) => ({ id: 1, scopes: [scope] }))];
  return [false, true].flatMap((admin) =>
    tokens.map((token): UserActor => ({ kind: 'user', id: 7, username: 'ann', admin, token })),
  );
}

const OWNERS: readonly DeployToken['owner'][] = [
  { kind: 'project', id: 5, lineage: '/1/2/' },
  { kind: 'project', id: 55, lineage: '/1/' },
  { kind: 'group', id: 1, lineage: '/1/' },
  { kind: 'group', id: 2, lineage: '/1/2/' },
  { kind: 'group', id: 20, lineage: '/1/20/' },
  { kind: 'group', id: 3, lineage: '/1/2/3/' },
];

/** Those that find packages of their own project in 2, and nothing else. */
const FROM_BELOW = new Set([OWNERS[0]]);

/** The owners of tokens that reach project 5 and group 2, written by hand. */
const REACHES = { project: new Set([OWNERS[0], OWNERS[2], OWNERS[3]]), group: new Set([OWNERS[2], OWNERS[3]]) };

function deployTokens(): DeployTokenActor[] {
  const states: DeployTokenState[] = ['active', 'revoked', 'expired'];
  return OWNERS.flatMap((owner) =>
    states.flatMap((state) =>
      DEPLOY_TOKEN_SCOPES.map((scope): DeployTokenActor => {
        const token = { id: 9, owner } as DeployToken;
        return { kind: 'deployToken', token, scopes: [scope], state };
      }),
    ),
  );
}

const ACTORS: readonly Actor[] = [ANONYMOUS, { kind: 'job', id: 1 }, ...users(), ...deployTokens()];
const INSTANCE: Facts = { on: 'instance' };

/** Whether the rules allow it. */
function mayOn(actor: Actor, rule: Rule, facts: ProjectFacts | GroupFacts): boolean {
  if (facts.on === 'project' && rule.needs && facts.membersOnly[rule.needs])
    return mayOn(actor, rule, { ...facts, membersOnly: OPEN_TO_ALL, visibility: 'private' });
  const least = rule[facts.on];
  if (least === undefined || actor.kind === 'job') return false;
  if (facts.on === 'project' && rule.needs && !facts.features[rule.needs]) return false;
  if (facts.on === 'group' && rule.needs && rule.needs !== 'repository' && !facts.instance[rule.needs]) return false;
  if (facts.on === 'project' && rule.needs && rule.writes && facts.archived) return false;
  if (actor.kind === 'anonymous') return rule.open === true && facts.visibility === 'public';
  if (actor.kind === 'user') {
    const open = rule.open === true && facts.visibility !== 'private';
    return withinToken(actor, rule) && (actor.admin || open || facts.level >= least);
  }
  if (actor.state !== 'active') return false;
  if (rule.openToTokens && facts.visibility === 'public') return true;
  const allowed = rule.deploy?.[facts.on] ?? [];
  const below = facts.on === 'group' && rule === RULES.read_package && FROM_BELOW.has(actor.token.owner);
  return (below || REACHES[facts.on].has(actor.token.owner)) && actor.scopes.some((scope) => allowed.includes(scope));
}

function mayOnInstance(actor: Actor, { instance, ...rule }: Rule): boolean {
  if (actor.kind === 'anonymous') return instance === 'anyone';
  if (actor.kind === 'deployToken')
    return actor.state === 'active' && actor.scopes.some((scope) => rule.deploy?.instance?.includes(scope));
  if (actor.kind !== 'user' || instance === undefined) return false;
  return withinToken(actor, rule) && (actor.admin || instance !== 'administrators');
}

const withinToken = ({ token }: UserActor, rule: Rule) =>
  token === null || token.scopes.some((scope) => scope === 'api' || rule.scopes?.includes(scope));

const printed = (actor: Actor, permission: string, facts: Facts) => JSON.stringify({ actor, permission, facts });

/** All that differs from what was expected, some of it in words. */
function differences(check: (actor: Actor, permission: Permission) => string | null): string[] {
  return ACTORS.flatMap((actor) =>
    ALL.map((permission) => check(actor, permission)).filter((text) => text !== null),
  ).slice(0, 5);
}

test('a project and a group: every actor, permission and state is decided as the rules say', () => {
  let allowed = 0;
  for (const facts of [...projectFacts(), ...closedFacts(), ...groupFacts()]) {
    const wrong = differences((actor, permission) => {
      const rule = RULES[permission];
      if (rule[facts.on] === undefined) return null;
      const { allow } = decide(actor, permission, about(facts));
      allowed += allow ? 1 : 0;
      return allow === mayOn(actor, rule, facts)
        ? null
        : `${allow ? 'allowed' : 'denied'} ${printed(actor, permission, facts)}`;
    });
    expect(wrong).toEqual([]);
  }
  expect(allowed).toBeGreaterThan(10_000);
});

test('the server itself: every actor and permission is decided as the rules say', () => {
  const wrong = differences((actor, permission) => {
    const rule = RULES[permission];
    if (rule.instance === undefined) return null;
    const { allow } = decide(actor, permission, about(INSTANCE));
    return allow === mayOnInstance(actor, rule)
      ? null
      : `${allow ? 'allowed' : 'denied'} ${printed(actor, permission, INSTANCE)}`;
  });
  expect(wrong).toEqual([]);
});

test('every permission on a missing project is denied to every actor', () => {
  for (const within of [null, '/1/', '/9/']) {
    const facts: Facts = { on: 'missing', what: 'project', within };
    expect(
      differences((actor, permission) =>
        decide(actor, permission, about(facts)).allow ? printed(actor, permission, facts) : null,
      ),
    ).toEqual([]);
  }
});

test('a denial says why, and never tells a stranger that something private is there', () => {
  for (const facts of [...projectFacts(), ...closedFacts(), ...groupFacts()]) {
    const wrong = differences((actor, permission) => {
      const decision = decide(actor, permission, about(facts));
      return decision.allow || isDiscreet(actor, facts, decision)
        ? null
        : `${JSON.stringify(decision)} ${printed(actor, permission, facts)}`;
    });
    expect(wrong).toEqual([]);
  }
});

function isDiscreet(
  actor: Actor,
  facts: ProjectFacts | GroupFacts,
  decision: Exclude<Decision, { allow: true }>,
): boolean {
  if (decision.message === '') return false;
  if (actor.kind === 'anonymous') return decision.reveal === 401;
  const known =
    facts.visibility === 'public' ||
    (actor.kind === 'user' && (actor.admin || facts.level > 0 || facts.visibility === 'internal')) ||
    (actor.kind === 'deployToken' && REACHES[facts.on].has(actor.token.owner));
  return known ? true : decision.reveal !== 403 && !decision.visible;
}

test('the denial of a private project and of a missing project have the same words', () => {
  const stranger: UserActor = { kind: 'user', id: 7, username: 'ann', admin: false, token: null };
  const [hidden] = projectFacts().filter((facts) => facts.visibility === 'private' && facts.level === 0);
  if (!hidden) throw new Error('no such facts');
  for (const permission of ALL.filter((name) => RULES[name].project !== undefined)) {
    const missing = decide(stranger, permission, about({ on: 'missing', what: 'project', within: null }));
    expect(decide(stranger, permission, about(hidden))).toEqual(missing);
  }
});

test('a bearer token of the registry allows the image and the action that it was issued for, and no more than its owner may', () => {
  const user: UserActor = { kind: 'user', id: 7, username: 'ann', admin: true, token: null };
  const facts = projectFacts().find(({ visibility, archived }) => visibility === 'private' && !archived);
  if (!facts) throw new Error('no such facts');
  const pull = [{ type: 'repository', name: 'g/p/img', actions: ['pull'] }] as const;
  const on = (image: string, permission: Permission, grants: UserActor['grants'] = pull) =>
    decide({ ...user, grants }, permission, about(facts), { image }).allow;
  const onServer = (permission: Permission, grants: UserActor['grants'] = pull) =>
    decide({ ...user, grants }, permission, about(INSTANCE)).allow;

  expect(on('g/p/img', 'read_container_image')).toBe(true);
  expect(on('g/p', 'read_container_image')).toBe(false);
  expect(on('g/p/img/sub', 'read_container_image')).toBe(false);
  expect(on('g/p/img', 'create_container_image')).toBe(false);
  expect(on('g/p/img', 'read_container_image', [])).toBe(false);
  expect(decide({ ...user, grants: pull }, 'read_container_image', about(facts)).allow).toBe(false);
  for (const permission of ['download_code', 'read_project', 'admin_project'] as const)
    expect(on('g/p/img', permission)).toBe(false);
  expect(onServer('list_images')).toBe(false);
  expect(onServer('list_images', [{ type: 'repository', name: 'catalog', actions: ['*'] }])).toBe(false);
  expect(onServer('list_images', [{ type: 'registry', name: 'catalog', actions: ['*'] }])).toBe(true);
  expect(onServer('admin_users', [{ type: 'registry', name: 'catalog', actions: ['*'] }])).toBe(false);

  const stranger: Actor = { ...ANONYMOUS, grants: pull };
  const refused = decide(stranger, 'read_container_image', about(facts), { image: 'g/p/img' });
  expect(refused).toMatchObject({ reason: 'not_signed_in' });
});
