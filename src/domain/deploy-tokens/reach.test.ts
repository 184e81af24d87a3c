import { expect, test } from 'bun:test';
import { basic, type TestApp } from '../../../test/support/app.ts';
import { authorised } from '../../../test/support/confirmed.ts';
import { about } from '../../../test/support/decision-facts.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { decide } from '../../authz/decide.ts';
import { DAY } from '../../lib/clock.ts';
import { inspectToken } from '../../lib/token-format.ts';
import type { Group } from '../groups/groups.ts';
import type { Project } from '../projects/projects.ts';
import { effectiveScopes } from './scopes.ts';

interface Key {
  username: string;
  secret: string;
}

/** Whether git lets the token in: it is asked as git asks, and 401 is what a token that does not reach gets. */
async function reaches({ fetch }: TestApp, key: Key, project: Pick<Project, 'full_path'>): Promise<boolean> {
  const url = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
  const response = await fetch(url, { headers: basic(key.username, key.secret) });
  await response.body?.cancel();
  expect([200, 401]).toContain(response.status);
  return response.status === 200;
}

/** Whether the token may install packages of a group: the secret is looked up and decided on as for a request. */
async function reachesGroup({ services }: TestApp, key: Key, group: Pick<Group, 'id'>): Promise<boolean> {
  const check = await services.deployTokens.check(inspectToken(key.secret));
  if (!('token' in check)) throw new Error(check.outcome);
  const { token, outcome: state } = check;
  const actor = { kind: 'deployToken', token, scopes: effectiveScopes(token), state } as const;
  return decide(actor, 'read_package', about(await services.access.group(group.id, null))).allow;
}

onEachApp('the reach of deploy tokens', (started) => {
  test('A040 A041 A042 a project token reaches its project, no other, and nothing once it is revoked', async () => {
    const app = await started;
    const group = await app.seed.group();
    const own = await app.seed.project(group);
    const other = await app.seed.project(group);
    const token = await app.seed.deployToken(own);
    expect(await reaches(app, token, own)).toBe(true);
    expect(await reaches(app, token, other)).toBe(false);
    await app.services.deployTokens.revoke({ kind: 'project', id: own.id, path: own.full_path }, token.id, app.by);
    expect(await reaches(app, token, own)).toBe(false);
  });

  test('A044 A045 a group token reaches projects in its group and two levels below', async () => {
    const app = await started;
    const top = await app.seed.group();
    const deep = await app.seed.group(await app.seed.group(top));
    const token = await app.seed.deployToken(top);
    expect(await reaches(app, token, await app.seed.project(top))).toBe(true);
    expect(await reaches(app, token, await app.seed.project(deep))).toBe(true);
  });

  test('A046 A048 A049 a group token reaches neither siblings, nor what is above, nor personal projects', async () => {
    const app = await started;
    const top = await app.seed.group();
    const one = await app.seed.group(top);
    const two = await app.seed.group(top);
    const user = await app.seed.user();
    const personal = await app.services.access.personalNamespace(user.id);
    if (personal.on !== 'group') throw new Error('no personal namespace');
    const token = await app.seed.deployToken(one);
    expect(await reaches(app, token, await app.seed.project(one))).toBe(true);
    expect(await reaches(app, token, await app.seed.project(two))).toBe(false);
    expect(await reaches(app, token, await app.seed.project(top))).toBe(false);
    const group = await app.seed.deployToken(top);
    expect(await reaches(app, group, await app.seed.project(personal.group))).toBe(false);
  });

  test('a group whose number starts like another one is not below it', async () => {
    const app = await started;
    // Numbers are counted up, so among eleven more groups there is one whose number is the first one's with a digit
    // behind.
    const groups: Group[] = [];
    for (let i = 0; i < 110; i++) groups.push(await app.seed.group());
    const pair = groups.flatMap((a) =>
      groups.filter((b) => b.id !== a.id && `${b.id}`.startsWith(`${a.id}`)).map((b) => [a, b] as const),
    )[0];
    if (!pair) throw new Error('no such pair of groups');
    const [short, long] = pair;
    const token = await app.seed.deployToken(short);
    expect(await reaches(app, token, await app.seed.project(short))).toBe(true);
    expect(await reaches(app, token, await app.seed.project(long))).toBe(false);
  });

  test('A050 A052 A053 A054 a group token reaches its own group, no other, and nothing once revoked or expired', async () => {
    const app = await started;
    const scopes = ['read_package_registry'];
    const own = await app.seed.group();
    const other = await app.seed.group();
    const token = await app.seed.deployToken(own, { scopes });
    expect(await reachesGroup(app, token, own)).toBe(true);
    expect(await reachesGroup(app, token, other)).toBe(false);
    expect(await reachesGroup(app, token, await app.seed.group(own))).toBe(true);
    await app.services.deployTokens.revoke({ kind: 'group', id: own.id, path: own.full_path }, token.id, app.by);
    expect(await reachesGroup(app, token, own)).toBe(false);
    const lastMonth = new Date(app.time.now - 30 * DAY).toISOString();
    const expired = await app.seed.deployToken(own, { scopes, expiresAt: lastMonth });
    expect(await reachesGroup(app, expired, own)).toBe(false);
  });

  test('A060 a group token loses a project that is moved out, and gains one that is moved in', async () => {
    const app = await started;
    const from = await app.seed.group();
    const to = await app.seed.group();
    const project = await app.seed.project(from);
    const lost = await app.seed.deployToken(from);
    const gained = await app.seed.deployToken(to);
    expect([await reaches(app, lost, project), await reaches(app, gained, project)]).toEqual([true, false]);
    const moved = await app.services.projects.transfer(project, to, app.by);
    expect(moved.full_path).toBe(`${to.full_path}/${project.path}`);
    expect([await reaches(app, lost, moved), await reaches(app, gained, moved)]).toEqual([false, true]);
    // Neither does the path that it had before bring it back.
    expect(await reaches(app, lost, project)).toBe(false);
  });

  test('A060 a group token loses a subgroup that is moved out, with all below it', async () => {
    const app = await started;
    const from = await app.seed.group();
    const to = await app.seed.group();
    const middle = await app.seed.group(from);
    const project = await app.seed.project(await app.seed.group(middle));
    const lost = await app.seed.deployToken(from);
    const gained = await app.seed.deployToken(to);
    const kept = await app.seed.deployToken(middle);
    await app.services.groups.transfer(middle, to, app.by);
    const moved = await app.services.access.project(project.id, null);
    if (moved.on !== 'project') throw new Error('the project is gone');
    expect(await reaches(app, lost, moved.project)).toBe(false);
    expect(await reaches(app, gained, moved.project)).toBe(true);
    expect(await reaches(app, kept, moved.project)).toBe(true);
  });

  test('A061 a project token goes with its project', async () => {
    const app = await started;
    const from = await app.seed.group();
    const to = await app.seed.group();
    const project = await app.seed.project(from);
    const token = await app.seed.deployToken(project);
    const moved = await app.services.projects.transfer(project, to, app.by);
    expect(await reaches(app, token, moved)).toBe(true);
  });

  test('A062 a token outlives the rights of who made it', async () => {
    const app = await started;
    const creator = await app.seed.user();
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    const by = { kind: 'user', id: creator.id, name: creator.username, ip: null, requestId: null } as const;
    const { token, secret } = await app.services.deployTokens.create(
      owner,
      { name: 't', scopes: ['read_repository'] },
      authorised(by),
    );
    await app.db.updateTable('users').set({ blocked: 1 }).where('id', '=', creator.id).execute();
    expect(await reaches(app, { username: token.username, secret: secret.reveal() }, project)).toBe(true);
  });
});
