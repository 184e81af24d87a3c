import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import type { TestApp } from '../../test/support/app.ts';
import { about } from '../../test/support/decision-facts.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { effectiveScopes } from '../domain/deploy-tokens/scopes.ts';
import type { Group } from '../domain/groups/groups.ts';
import { ROLES, type Role } from '../domain/members/roles.ts';
import type { Project } from '../domain/projects/projects.ts';
import { inspectToken } from '../lib/token-format.ts';
import { decide } from './decide.ts';
import { PERMISSIONS, type Permission } from './permissions.ts';

/** Someone with a role in a group or project. */
async function member({ seed, services, by }: TestApp, owner: Group | Project, role: Role) {
  const user = await seed.user();
  const kind = 'namespace_id' in owner ? 'project' : 'group';
  await services.members.add({ kind, id: owner.id }, user.id, { level: ROLES[role] }, by);
  return user;
}

/** The permissions of a deploy token on a project, with facts that are looked up as for a request. */
async function allowed({ services }: TestApp, secret: string, project: Project): Promise<Permission[]> {
  const check = await services.deployTokens.check(inspectToken(secret));
  if (!('token' in check)) throw new Error(check.outcome);
  const { token, outcome: state } = check;
  const facts = await services.access.project(project.id, null);
  const actor = { kind: 'deployToken', token, scopes: effectiveScopes(token), state } as const;
  return (Object.keys(PERMISSIONS) as Permission[]).filter(
    (permission) => decide(actor, permission, about(facts)).allow,
  );
}

onEachApp('rights around deploy tokens', (started) => {
  const attempts = async (app: TestApp, secret: string, path: string) => {
    const api = apiClient(app, secret);
    const created = await api.post(path, { name: 'try', scopes: ['read_repository'] });
    const read = await api.get(path);
    return { api, created, statuses: [read.status, created.status] };
  };

  test('A308 maintainers and owners of a project or group read, create and destroy its deploy tokens', async () => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    for (const [owner, path] of [
      [project, `/projects/${project.id}`],
      [group, `/groups/${group.id}`],
    ] as const) {
      for (const role of ['maintainer', 'owner'] as const) {
        const user = await member(app, owner, role);
        const { api, created, statuses } = await attempts(app, user.token, `${path}/deploy_tokens`);
        expect(statuses).toEqual([200, 201]);
        expect((await api.delete(`${path}/deploy_tokens/${created.body.id}`)).status).toBe(204);
      }
    }
  });

  test('A309 developers, reporters and guests do none of it', async () => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const token = await app.seed.deployToken(project);
    for (const role of ['developer', 'reporter', 'guest'] as const) {
      const user = await member(app, project, role);
      const path = `/projects/${project.id}/deploy_tokens`;
      const { api, statuses } = await attempts(app, user.token, path);
      expect(statuses).toEqual([403, 403]);
      expect((await api.delete(`${path}/${token.id}`)).status).toBe(403);
      expect((await api.get(`${path}/${token.id}`)).status).toBe(403);
    }
    expect((await app.services.deployTokens.check(inspectToken(token.secret))).outcome).toBe('active');
  });

  test('A313 read_package_registry is to see the project and install from it, and nothing more', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['read_package_registry'] });
    expect(await allowed(app, secret, project)).toEqual(['read_project', 'read_package']);
  });

  test('A314 write_package_registry is to publish as well', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    expect(await allowed(app, secret, project)).toEqual([
      'read_project',
      'read_package',
      'create_package',
      'withdraw_package',
      'destroy_package',
    ]);
  });

  test('A316 a revoked token may do nothing, also not what is public', async () => {
    const app = await started;
    const project = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), {
      visibility: 'public',
    });
    const { id, secret } = await app.seed.deployToken(project, {
      scopes: ['read_repository', 'write_package_registry'],
    });
    expect(await allowed(app, secret, project)).not.toEqual([]);
    await app.services.deployTokens.revoke({ kind: 'project', id: project.id, path: project.full_path }, id, app.by);
    expect(await allowed(app, secret, project)).toEqual([]);
  });
});
