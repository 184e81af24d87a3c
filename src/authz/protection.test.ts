import { expect, test } from 'bun:test';
import { about } from '../../test/support/decision-facts.ts';
import type { ProjectFacts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { DeployToken } from '../domain/deploy-tokens/token.ts';
import type { Actor } from './actor.ts';
import { decide } from './decide.ts';
import type { Permission } from './permissions.ts';
import { onProtectedNames } from './protection.ts';

/** A project in which every actor below may do everything with packages, as far as names are not protected. */
const ON = { repository: true, lfs: true, registry: true, packages: true };
const PROJECT = {
  on: 'project',
  project: { id: 5 },
  visibility: 'private',
  lineage: '/1/',
  archived: false,
  moved: false,
  features: ON,
  membersOnly: { repository: false, registry: false, packages: false },
  instance: ON,
} as unknown as ProjectFacts;

const user = (admin = false): Actor => ({ kind: 'user', id: 7, username: 'ann', admin, token: null });
const TOKEN: Actor = {
  kind: 'deployToken',
  token: { id: 9, owner: { kind: 'project', id: 5, lineage: '/1/' } } as DeployToken,
  scopes: ['write_package_registry'],
  state: 'active',
};

const rule = (pattern: string, levels: Partial<Protection>, foldedPattern = pattern): Protection => ({
  pattern,
  foldedPattern,
  push: null,
  delete: null,
  ...levels,
});

const asked = (
  actor: Actor,
  level: number,
  permission: Permission,
  name: string,
  protections: readonly Protection[],
  key = name,
) => {
  const facts = about({ ...PROJECT, level } as ProjectFacts, protections);
  const decision = decide(actor, permission, facts, { package: { type: 'generic', name, key } });
  return decision.allow || decision.reason;
};

test('a protected name is for the role that its pattern asks for, and for those above it', () => {
  const rules = [rule('core*', { push: 40, delete: 50 })];
  for (const permission of ['create_package', 'withdraw_package'] as const) {
    expect(asked(user(), 40, permission, 'core-web', rules)).toBe(true);
    expect(asked(user(), 50, permission, 'core-web', rules)).toBe(true);
    expect(asked(TOKEN, 0, permission, 'core-web', rules)).toBe('package_protected');
    expect(asked(TOKEN, 0, permission, 'web', rules)).toBe(true);
  }
  expect(asked(user(), 30, 'create_package', 'core-web', rules)).toBe('package_protected');
  expect(asked(user(), 40, 'destroy_package', 'core-web', rules)).toBe('package_protected');
  expect(asked(user(), 50, 'destroy_package', 'core-web', rules)).toBe(true);
  expect(asked(TOKEN, 0, 'destroy_package', 'core-web', rules)).toBe('package_protected');
  expect(asked(user(), 20, 'read_package', 'core-web', rules)).toBe(true);
  expect(asked(TOKEN, 0, 'read_package', 'core-web', rules)).toBe(true);
});

test('an administrator is above every role, and a role that may not do something is not let in by a rule', () => {
  const rules = [rule('*', { push: 60, delete: 60 })];
  expect(asked(user(), 50, 'create_package', 'any', rules)).toBe('package_protected');
  expect(asked(user(true), 0, 'create_package', 'any', rules)).toBe(true);
  expect(asked(user(), 20, 'create_package', 'any', [rule('*', { push: 10 })])).toBe('role_too_low');
});

test('of several patterns for a name the strictest counts, and one that says nothing allows nothing', () => {
  const rules = [rule('*', { push: 30 }), rule('core*', { push: 50 }), rule('core-*', { delete: 40 })];
  expect(asked(user(), 40, 'create_package', 'core-web', rules)).toBe('package_protected');
  expect(asked(user(), 40, 'create_package', 'web', rules)).toBe(true);
  expect(asked(user(), 40, 'destroy_package', 'core-web', rules)).toBe(true);
});

test('a pattern is for a name in every way of writing it that its type takes for the same', () => {
  const rules = [rule('My_Tools*', { push: 40 }, 'my-tools*')];
  expect(asked(TOKEN, 0, 'create_package', 'my.tools.web', rules, 'my-tools-web')).toBe('package_protected');
  expect(asked(TOKEN, 0, 'create_package', 'my.toolbox', rules, 'my-toolbox')).toBe(true);
});

test('a package is not decided on before its protected names were read', () => {
  const facts = about({ ...PROJECT, level: 50 });
  const resource = { package: { type: 'generic', name: 'core', key: 'core' } };
  expect(() => decide(user(), 'create_package', facts, resource)).toThrow('protected names');
  expect(decide(user(), 'read_package', facts, resource).allow).toBe(true);
});

test('only a change of a named package in a project depends on protected names: nothing else has to read them', () => {
  const resource = { package: { type: 'generic', name: 'core', key: 'core' } };
  const target = { ...PROJECT, level: 50 } as ProjectFacts;
  expect(onProtectedNames('create_package', target, resource)?.what).toBe('push');
  expect(onProtectedNames('destroy_package', target, resource)?.what).toBe('delete');
  expect(onProtectedNames('read_package', target, resource)).toBeNull();
  expect(onProtectedNames('create_package', target, null)).toBeNull();
  expect(onProtectedNames('create_package', target, { image: 'core' })).toBeNull();
  expect(onProtectedNames('find_packages', { on: 'instance' }, resource)).toBeNull();
});
