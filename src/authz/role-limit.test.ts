import { expect, test } from 'bun:test';
import { about } from '../../test/support/decision-facts.ts';
import type { ProjectFacts } from '../domain/access/facts.ts';
import type { DeployToken } from '../domain/deploy-tokens/token.ts';
import { type AccessLevel, type AnyLevel, ROLES } from '../domain/members/roles.ts';
import type { Actor } from './actor.ts';
import { decide } from './decide.ts';
import type { Permission } from './permissions.ts';
import { rankOf } from './role-limit.ts';

const ON = { repository: true, lfs: true, registry: true, packages: true };
const project = (level: AnyLevel): ProjectFacts =>
  ({
    on: 'project',
    project: { id: 5 },
    visibility: 'private',
    lineage: '/1/',
    level,
    archived: false,
    moved: false,
    features: ON,
    membersOnly: { repository: false, registry: false, packages: false },
    instance: ON,
  }) as unknown as ProjectFacts;

const user = (admin = false): Actor => ({ kind: 'user', id: 7, username: 'ann', admin, token: null });

const asked = (actor: Actor, level: AnyLevel, role: AccessLevel, permission: Permission = 'admin_member') => {
  const decision = decide(actor, permission, about(project(level)), { role });
  return decision.allow || decision.reason;
};

test('members are managed up to the own role', () => {
  expect(asked(user(), ROLES.maintainer, ROLES.maintainer)).toBe(true);
  expect(asked(user(), ROLES.maintainer, ROLES.guest)).toBe(true);
  expect(asked(user(), ROLES.maintainer, ROLES.owner)).toBe('above_own_role');
  expect(asked(user(), ROLES.owner, ROLES.owner)).toBe(true);
});

test('a low role manages no role, and a limit never allows more than the permission does', () => {
  expect(asked(user(), ROLES.developer, ROLES.guest)).toBe('role_too_low');
  expect(asked(user(), ROLES.developer, ROLES.developer)).toBe('role_too_low');
});

test('an administrator manages every role, without a role in the project', () => {
  expect(asked(user(true), 0, ROLES.owner)).toBe(true);
});

test('the own role is given up without managing members', () => {
  expect(asked(user(), ROLES.guest, ROLES.guest, 'read_member')).toBe(true);
});

test('an actor that is no user has no rank, whatever the facts say', () => {
  const token: Actor = { kind: 'deployToken', token: { id: 9 } as DeployToken, scopes: [], state: 'active' };
  for (const actor of [token, { kind: 'job', id: 1 }, { kind: 'anonymous' }] as const)
    expect(rankOf(actor, project(ROLES.owner))).toBe(0);
});
