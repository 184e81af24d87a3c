import type { Actor, UserActor } from '../../src/authz/actor.ts';
import { actorKindsFor, decide } from '../../src/authz/decide.ts';
import { PERMISSIONS, type Permission, permissionRow, type Subject } from '../../src/authz/permissions.ts';
import type { Facts, GroupFacts, ProjectFacts } from '../../src/domain/access/facts.ts';
import { DEPLOY_TOKEN_SCOPES, type DeployTokenScope } from '../../src/domain/deploy-tokens/scopes.ts';
import type { DeployToken } from '../../src/domain/deploy-tokens/token.ts';
import { type AnyLevel, ROLES } from '../../src/domain/members/roles.ts';
import { PERSONAL_SCOPES, type PersonalScope } from '../../src/domain/personal-tokens/scopes.ts';
import type { Visibility } from '../../src/store/db/schema.ts';
import { about } from './decision-facts.ts';
import { markdownTable } from './snapshot.ts';

/** docs/permissions.md. Nothing in it is read off a table: every cell is a question put to `decide`. */
export function renderPermissions(): string {
  return [
    '# Who may do what\n\nWritten by `test/permissions.test.ts`, by asking the function that decides each request.\n',
    '## Roles, on a project\n',
    ROLE_NOTE,
    roleTable('project'),
    '## Roles, on a group\n',
    roleTable('group'),
    '## On the server itself\n',
    serverTable(),
    '## Scopes of deploy tokens\n',
    'Rights within the reach of a token: for a project token its project, for a group token its group and everything below.\n',
    'A project token may ask the groups above its project for packages as well, and is shown those of its own project.\n',
    scopeTable('project'),
    'On a group, that is at the addresses which list the packages of a whole group:\n',
    scopeTable('group'),
    '## Scopes of personal access tokens\n',
    'A personal access token never does more than its user may; its scopes leave this much of it:\n',
    personalTable(),
    '## Kinds of actor\n',
    'Whatever roles and scopes say, a permission is for these kinds alone:\n',
    actorTable(),
  ].join('\n');
}

const ROLE_NOTE =
  'The columns for roles apply to everything; the first two columns show the rights of anyone on public, and of any user on public or internal projects and groups.\n\nFor a feature restricted to members (`private` in the API), the first two columns do not apply, even if the project is visible. The rights of deploy tokens within their reach are unchanged.\n';

const mark = (allowed: boolean) => (allowed ? 'yes' : '');
const allows = (actor: Actor, permission: Permission, facts: Facts) => decide(actor, permission, about(facts)).allow;
const permissionsOn = (subject: Subject) =>
  (Object.keys(PERMISSIONS) as Permission[]).filter((permission) => permissionRow(permission).on.includes(subject));

const ANYONE: Actor = { kind: 'anonymous' };
const userWith = (token: UserActor['token'], admin = false): UserActor => ({
  kind: 'user',
  id: 1,
  username: 'ann',
  admin,
  token,
});
const USER = userWith(null);

function deployToken(scope: DeployTokenScope): Actor {
  const token = { id: 1, name: 'token', owner: { kind: 'group', id: 1, lineage: '/1/' }, scopes: [scope] } as unknown;
  return { kind: 'deployToken', token: token as DeployToken, scopes: [scope], state: 'active' };
}

function factsOn(on: 'project' | 'group', visibility: Visibility, level: AnyLevel): Facts {
  const features = { repository: true, lfs: true, registry: true, packages: true };
  const shared = { visibility, level, lineage: '/1/', moved: false, instance: features };
  if (on === 'group') return { ...shared, on, group: { id: 1 } as GroupFacts['group'] };
  const project = { id: 1 } as ProjectFacts['project'];
  const membersOnly = { repository: false, registry: false, packages: false };
  return { ...shared, on, project, archived: false, features, membersOnly };
}

function roleTable(on: 'project' | 'group'): string {
  const rows = permissionsOn(on).map((permission) => [
    `\`${permission}\``,
    permissionRow(permission).doc,
    mark(allows(ANYONE, permission, factsOn(on, 'public', 0))),
    mark(allows(USER, permission, factsOn(on, 'internal', 0))),
    ...Object.values(ROLES).map((level) => mark(allows(USER, permission, factsOn(on, 'private', level)))),
  ]);
  return markdownTable(['permission', 'what it is', 'anyone', 'any user', ...Object.keys(ROLES)], rows);
}

function serverTable(): string {
  const rows = permissionsOn('instance').map((permission) => [
    `\`${permission}\``,
    permissionRow(permission).doc,
    ...[ANYONE, USER, userWith(null, true)].map((actor) => mark(allows(actor, permission, { on: 'instance' }))),
  ]);
  return markdownTable(['permission', 'what it is', 'anyone', 'user', 'administrator'], rows);
}

function scopeTable(on: 'project' | 'group'): string {
  const rows = permissionsOn(on)
    .map((permission) => ({
      permission,
      cells: DEPLOY_TOKEN_SCOPES.map((scope) => allows(deployToken(scope), permission, factsOn(on, 'private', 0))),
    }))
    .filter(({ cells }) => cells.includes(true))
    .map(({ permission, cells }) => [`\`${permission}\``, ...cells.map(mark)]);
  return markdownTable(['permission', ...DEPLOY_TOKEN_SCOPES], rows);
}

function personalTable(): string {
  const allowsScope = (scope: PersonalScope, permission: Permission) => {
    const [on] = permissionRow(permission).on;
    const facts: Facts = on === 'project' || on === 'group' ? factsOn(on, 'private', 50) : { on: 'instance' };
    return allows(userWith({ id: 1, scopes: [scope] }, true), permission, facts);
  };
  const rows = (Object.keys(PERMISSIONS) as Permission[]).map((permission) => [
    `\`${permission}\``,
    ...PERSONAL_SCOPES.map((scope) => mark(allowsScope(scope, permission))),
  ]);
  return markdownTable(['permission', ...PERSONAL_SCOPES], rows);
}

function actorTable(): string {
  const kinds = ['anonymous', 'user', 'deployToken', 'job'] as const;
  const rows = (Object.keys(PERMISSIONS) as Permission[]).map((permission) => [
    `\`${permission}\``,
    ...kinds.map((kind) => mark(actorKindsFor(permission).includes(kind))),
  ]);
  return markdownTable(['permission', 'anonymous', 'user', 'deploy token', 'CI job'], rows);
}
