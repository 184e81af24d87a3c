import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { basic, type TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { thrown } from '../../../test/support/rejection.ts';
import { covers, idsOf } from '../../lib/lineage.ts';
import { inspectToken } from '../../lib/token-format.ts';
import { lockHierarchy } from '../../store/db/locks.ts';
import { MAX_DEPTH } from '../paths.ts';
import type { Group } from './groups.ts';

/** A chain of groups, each in the one before. */
async function chain({ seed }: TestApp, length: number, top: Group | null = null): Promise<Group[]> {
  const groups: Group[] = [];
  for (let i = 0; i < length; i++) groups.push(await seed.group(groups.at(-1) ?? top));
  return groups;
}

const last = <T>(items: readonly T[]): T => {
  const item = items.at(-1);
  if (item === undefined) throw new Error('an empty list');
  return item;
};

onEachApp('groups', (started, engine) => {
  const now = async ({ services }: TestApp, group: Pick<Group, 'id'>) => services.groups.get(group.id);
  const auditOf = async ({ services }: TestApp, id: number) =>
    (await services.audit.list({ entityKind: 'Group', entityId: id }, { page: 1, perPage: 50 })).items;

  test('groups nest twenty levels deep and no deeper', async () => {
    const app = await started;
    const deepest = last(await chain(app, MAX_DEPTH));
    expect(idsOf(deepest.lineage)).toHaveLength(20);
    expect(deepest.full_path.split('/')).toHaveLength(20);
    const message = 'Groups cannot be nested deeper than 20 levels';
    expect(await thrown(app.seed.group(deepest))).toThrow(message);
  });

  test('a group is moved with everything below it, and the old paths lead to the new ones', async () => {
    const app = await started;
    const from = await app.seed.group();
    const to = await app.seed.group();
    const [top, middle] = await chain(app, 2, from);
    if (!top || !middle) throw new Error('no chain');
    const project = await app.seed.project(middle);
    const bystander = await app.seed.project(from);
    const moved = await app.services.groups.transfer(top, to, app.by);

    expect(moved).toMatchObject({ full_path: `${to.full_path}/${top.path}`, parent_id: to.id });
    expect(moved.lineage).toBe(`${to.lineage}${top.id}/`);
    expect((await now(app, middle)).lineage).toBe(`${to.lineage}${top.id}/${middle.id}/`);
    const facts = await app.services.access.project(project.full_path, null);
    expect(facts).toMatchObject({ on: 'project', moved: true, lineage: `${to.lineage}${top.id}/${middle.id}/` });
    const path = `${to.full_path}/${top.path}/${middle.path}/${project.path}`;
    expect(await app.services.access.project(path, null)).toMatchObject({ moved: false, project: { id: project.id } });
    expect(await app.services.access.group(middle.full_path, null)).toMatchObject({
      moved: true,
      group: { id: middle.id },
    });
    expect(await app.services.access.project(bystander.full_path, null)).toMatchObject({ moved: false });
    const [event] = await auditOf(app, top.id);
    expect(event).toMatchObject({ action: 'group_transferred', details: { from: top.full_path, to: moved.full_path } });
  });

  test('a group whose path merely starts like the moved one stays where it is', async () => {
    const app = await started;
    const parent = await app.seed.group();
    const moved = await app.seed.group(parent, { path: 'app' });
    const others = [];
    for (const path of ['app-two', 'app.two', 'app0', 'apple', 'app_x']) {
      others.push(await app.seed.project(await app.seed.group(parent, { path })));
    }
    await app.services.groups.update(moved, { path: 'renamed' }, app.by);
    for (const { id, full_path } of others)
      expect(await app.services.access.project(full_path, null)).toMatchObject({ moved: false, project: { id } });
  });

  test('a group is moved to the top, and back', async () => {
    const app = await started;
    const parent = await app.seed.group();
    const group = await app.seed.group(parent);
    const up = await app.services.groups.transfer(group, null, app.by);
    expect(up).toMatchObject({ full_path: group.path, parent_id: null, lineage: `/${group.id}/` });
    const again = app.services.groups.transfer(up, null, app.by);
    expect(await thrown(again)).toThrow('Transfer failed: Group is already a root group.');
    expect(await app.services.groups.transfer(up, parent, app.by)).toMatchObject({ full_path: group.full_path });
    const facts = await app.services.access.group(group.full_path, null);
    expect(facts).toMatchObject({ moved: false, group: { id: group.id } });
  });

  test('a group is not moved into itself or below itself', async () => {
    const app = await started;
    const [top, middle, deep] = await chain(app, 3);
    if (!top || !middle || !deep) throw new Error('no chain');
    for (const target of [top, middle, deep]) {
      const move = app.services.groups.transfer(top, target, app.by);
      expect(await thrown(move)).toThrow('Transfer failed: Cannot transfer group to one of its subgroup.');
    }
    const same = app.services.groups.transfer(middle, top, app.by);
    expect(await thrown(same)).toThrow('Transfer failed: Group is already associated to the parent group.');
    expect((await now(app, deep)).lineage).toBe(deep.lineage);
  });

  test('a moved group must fit within twenty levels', async () => {
    const app = await started;
    const under = await chain(app, 17);
    const [moved] = await chain(app, 4);
    const target = last(under);
    const above = under[15];
    if (!moved || !above) throw new Error('no chain');
    const tooDeep = app.services.groups.transfer(moved, target, app.by);
    expect(await thrown(tooDeep)).toThrow('Transfer failed: Groups cannot be nested deeper than 20 levels');
    expect((await now(app, moved)).full_path).toBe(moved.full_path);
    expect((await app.services.groups.transfer(moved, above, app.by)).parent_id).toBe(above.id);
  });

  test('a move to where the path is taken changes nothing', async () => {
    const app = await started;
    const from = await app.seed.group();
    const to = await app.seed.group();
    const group = await app.seed.group(from, { path: 'taken' });
    const project = await app.seed.project(group);
    await app.seed.project(to, { path: 'Taken' });
    const move = app.services.groups.transfer(group, to, app.by);
    expect(await thrown(move)).toThrow('The parent group already has a subgroup or a project with the same path.');
    expect(await now(app, group)).toEqual(group);
    expect(await app.services.access.project(project.full_path, null)).toMatchObject({ moved: false });
  });

  test('a name of the server itself is free below and not at the top', async () => {
    const app = await started;
    const group = await app.seed.group(await app.seed.group(), { path: 'api' });
    expect(await thrown(app.services.groups.transfer(group, null, app.by))).toThrow('reserved name');
  });

  test('moved below something narrower, groups and projects are narrowed with it', async () => {
    const app = await started;
    const open = await app.seed.group(null, { visibility: 'public' });
    const inner = await app.seed.group(open, { visibility: 'public' });
    const wide = await app.seed.project(inner, { visibility: 'public' });
    const narrow = await app.seed.project(inner, { visibility: 'private' });
    const target = await app.seed.group(null, { visibility: 'internal' });
    const moved = await app.services.groups.transfer(inner, target, app.by);
    expect(moved.visibility).toBe('internal');
    expect(await app.services.access.project(wide.id, null)).toMatchObject({ visibility: 'internal' });
    expect(await app.services.access.project(narrow.id, null)).toMatchObject({ visibility: 'private' });
    const [event] = await auditOf(app, inner.id);
    expect(event?.details).toMatchObject({ visibility: { from: 'public', to: 'internal' } });
  });

  test('nothing is seen by more people than the group it is in', async () => {
    const app = await started;
    const parent = await app.seed.group(null, { visibility: 'internal' });
    const create = app.seed.group(parent, { visibility: 'public' });
    expect(await thrown(create)).toThrow('public is not allowed since the parent group has a internal visibility.');
    const project = app.seed.project(parent, { visibility: 'public' });
    expect(await thrown(project)).toThrow('Visibility level public is not allowed in a internal group.');
    const child = await app.seed.group(parent, { visibility: 'internal' });
    const narrow = app.services.groups.update(parent, { visibility: 'private' }, app.by);
    expect(await thrown(narrow)).toThrow('private is not allowed since there are sub-groups with higher visibility.');
    const widen = app.services.groups.update(child, { visibility: 'public' }, app.by);
    expect(await thrown(widen)).toThrow('public is not allowed since the parent group has a internal visibility.');
    await app.services.groups.update(child, { visibility: 'private' }, app.by);
    await app.services.groups.update(parent, { visibility: 'private' }, app.by);
    const [event] = await auditOf(app, parent.id);
    const details = { from: 'internal', to: 'private' };
    expect(event).toMatchObject({ action: 'group_visibility_changed', details });
  });

  test('a renamed group leads on from its old path until someone else takes it', async () => {
    const app = await started;
    const group = await app.seed.group(null, { path: `Old-${engine}` });
    const project = await app.seed.project(group);
    const renamed = await app.services.groups.update(group, { path: `new-${engine}` }, app.by);
    expect(renamed.full_path).toBe(`new-${engine}`);
    const { access } = app.services;
    expect(await access.group(`old-${engine}`, null)).toMatchObject({ moved: true, group: { id: group.id } });
    const successor = await app.seed.group(null, { path: `old-${engine}` });
    expect(await access.group(`old-${engine}`, null)).toMatchObject({ moved: false, group: { id: successor.id } });
    // Its former contents are still found, as long as nothing else takes the old path.
    expect(await access.project(project.full_path, null)).toMatchObject({ moved: true });
    const heir = await app.seed.project(successor, { path: project.path });
    expect(await access.project(project.full_path, null)).toMatchObject({ moved: false, project: { id: heir.id } });
  });

  test('a rename to and fro, and one that changes the case alone, leave no redirect in the way', async () => {
    const app = await started;
    const group = await app.seed.group();
    const there = await app.services.groups.update(group, { path: `${group.path}-2` }, app.by);
    const back = await app.services.groups.update(there, { path: group.path }, app.by);
    const upper = await app.services.groups.update(back, { path: group.path.toUpperCase() }, app.by);
    expect(upper.full_path).toBe(group.path.toUpperCase());
    const facts = await app.services.access.group(group.path, null);
    expect(facts).toMatchObject({ moved: false, group: { id: group.id } });
    await app.services.groups.update(upper, { path: `${group.path}-2` }, app.by);
    expect(await app.services.access.group(group.path, null)).toMatchObject({ moved: true, group: { id: group.id } });
  });

  test('a deleted group takes everything below it along, repositories last', async () => {
    const app = await started;
    const [top, middle, deep] = await chain(app, 3);
    if (!top || !middle || !deep) throw new Error('no chain');
    const sibling = await app.seed.project(await app.seed.group());
    const project = await app.seed.project(deep);
    const tokens = [await app.seed.deployToken(project), await app.seed.deployToken(middle)];
    const [token] = tokens;
    if (!token) throw new Error('no token');
    const clone = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
    expect((await app.fetch(clone, { headers: basic(token.username, token.secret) })).status).toBe(200);
    const folder = app.path('repositories', (project.id % 256).toString(16).padStart(2, '0'), `${project.id}.git`);
    expect(existsSync(folder)).toBe(true);

    await app.services.groups.destroy(top, app.by);
    for (const { id } of [top, middle, deep])
      expect(await thrown(app.services.groups.get(id))).toThrow('group not found');
    expect(await app.services.access.project(project.id, null)).toMatchObject({ on: 'missing' });
    for (const { secret } of tokens)
      expect(await app.services.deployTokens.check(inspectToken(secret))).toEqual({ outcome: 'unknown' });
    expect(existsSync(folder)).toBe(false);
    expect(await app.services.access.project(sibling.id, null)).toMatchObject({ on: 'project' });
    const [event] = await auditOf(app, top.id);
    expect(event).toMatchObject({ action: 'group_destroyed', details: { groups: 3, projects: 1 } });
    // Its path is free again.
    expect((await app.seed.group(null, { path: top.path })).id).not.toBe(top.id);
  });

  test('of two concurrent requests for the same path one succeeds and the other gets an error', async () => {
    const app = await started;
    const wanted = { name: 'Race', path: `race-${engine}` };
    const both = await Promise.allSettled([1, 2, 3, 4].map(() => app.services.groups.create(null, wanted, app.by)));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = both.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused.map((error) => error.message)).toEqual(Array(3).fill('Path has already been taken'));
  });

  test('two groups that are moved into each other at once do not make a ring', async () => {
    const app = await started;
    for (let round = 0; round < 5; round++) {
      const a = await app.seed.group();
      const b = await app.seed.group();
      const moves = await Promise.allSettled([
        app.services.groups.transfer(a, b, app.by),
        app.services.groups.transfer(b, a, app.by),
      ]);
      expect(moves.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
      const nowA = await now(app, a);
      const nowB = await now(app, b);
      expect(covers(nowA.lineage, nowB.lineage)).not.toBe(covers(nowB.lineage, nowA.lineage));
    }
  });

  test('a project created while its group is moved or deleted is below the group or not created', async () => {
    const app = await started;
    for (let round = 0; round < 5; round++) {
      const a = await app.seed.group();
      const b = await app.seed.group();
      const [, child] = await Promise.all([app.services.groups.transfer(a, b, app.by), app.seed.group(a)]);
      expect(await now(app, child)).toMatchObject({
        lineage: `${b.lineage}${a.id}/${child.id}/`,
        full_path: `${b.full_path}/${a.path}/${child.path}`,
      });
      const [gone, project] = await Promise.allSettled([
        app.services.groups.destroy(b, app.by),
        app.seed.project(child),
      ]);
      expect(gone.status).toBe('fulfilled');
      if (project.status === 'fulfilled')
        expect(await app.services.access.project(project.value.id, null)).toMatchObject({ on: 'missing' });
    }
  });

  test('the lock is refused where it would protect nothing', async () => {
    const app = await started;
    expect(await thrown(lockHierarchy(app.db, 'shared'))).toThrow('outside a transaction');
  });
});
