import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import type { Role } from '../domain/members/roles.ts';

onEachApp('audit events', (started) => {
  const prepare = async () => {
    const app = await started;
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const member = async (role: Role) => {
      const user = await app.seed.member(group, role);
      return { ...user, call: apiClient(app, user.token) };
    };
    const admin = await app.seed.user({ admin: true });
    return {
      ...app,
      group,
      project,
      owner: await member('owner'),
      maintainer: await member('maintainer'),
      admin: { ...admin, call: apiClient(app, admin.token) },
      paths: [`/projects/${project.id}/audit_events`, `/groups/${group.id}/audit_events`] as const,
    };
  };
  const names = (body: { event_name: string }[]) => body.map((event) => event.event_name);

  test('a group’s list is of the group alone, as in GitLab: what is below it has its own', async () => {
    const { owner, group, seed, paths } = await prepare();
    await seed.group(group);
    const { body } = await owner.call.get(`${paths[1]}?per_page=100`);
    expect(body.length).toBeGreaterThan(0);
    for (const event of body) expect([event.entity_type, event.entity_id]).toEqual(['Group', group.id]);
  });

  test('the owner of a project sees what happened to it: who, what, from where, and no secret', async () => {
    const { owner, project, paths } = await prepare();
    const sent = { name: 'machine', scopes: ['read_repository'], expires_at: '2026-04-01' };
    const made = await owner.call.post(`/projects/${project.id}/deploy_tokens`, sent);
    const failed = await owner.call.post(`/projects/${project.id}/deploy_tokens`, { name: 'x', scopes: [] });
    expect(failed.status).toBe(400);
    await owner.call.delete(`/projects/${project.id}/deploy_tokens/${made.body.id}`);

    const { status, headers, body } = await owner.call.get(paths[0]);
    expect([status, headers.get('x-total')]).toEqual([200, '4']);
    expect(names(body)).toEqual([
      'deploy_token_destroyed',
      'deploy_token_creation_failed',
      'deploy_token_created',
      'project_created',
    ]);
    expect(body[2]).toEqual({
      id: body[2].id,
      author_id: owner.id,
      entity_id: project.id,
      entity_type: 'Project',
      event_name: 'deploy_token_created',
      details: {
        scopes: ['read_repository'],
        username: `gitlab+deploy-token-${made.body.id}`,
        expires_at: '2026-04-01T00:00:00.000Z',
        author_name: owner.username,
        author_class: 'User',
        target_id: made.body.id,
        target_type: 'DeployToken',
        target_details: 'machine',
        ip_address: '127.0.0.1',
        entity_path: project.full_path,
        request_id: made.headers.get('x-request-id'),
      },
      created_at: '2026-03-01T12:00:00.000Z',
    });
    expect(body[1].details.reason).toBe("Scopes can't be blank");
    expect(JSON.stringify(body)).not.toContain(made.body.token);
    expect(await owner.call.get(`${paths[0]}/${body[2].id}`)).toMatchObject({ status: 200, body: body[2] });
  });

  test('a group has its own events, and those of its projects are not among them', async () => {
    const { owner, group, paths, seed } = await prepare();
    await seed.deployToken(group);
    const { body } = await owner.call.get(paths[1]);
    expect(names(body)).toEqual(['group_deploy_token_created', 'member_created', 'member_created', 'group_created']);
    expect(body[0]).toMatchObject({ author_id: -1, details: { author_class: 'System', author_name: 'system' } });
  });

  test('a maintainer is refused, a stranger gets no information, and only administrators read the whole log', async () => {
    const { maintainer, owner, admin, paths, seed, ...app } = await prepare();
    const stranger = apiClient(await started, (await seed.user()).token);
    for (const path of paths) {
      expect((await maintainer.call.get(path)).status).toBe(403);
      expect((await stranger.get(path)).status).toBe(404);
      expect((await app.fetch(`/api/v4${path}`)).status).toBe(404);
      expect((await admin.call.get(path)).status).toBe(200);
    }
    expect((await owner.call.get('/audit_events')).status).toBe(403);
    expect((await app.fetch('/api/v4/audit_events')).status).toBe(401);
    const all = await admin.call.get('/audit_events?per_page=1');
    expect([all.status, all.body.length, all.headers.get('x-next-page')]).toEqual([200, 1, '2']);
    expect((await admin.call.get(`/audit_events/${all.body[0].id}`)).body).toEqual(all.body[0]);
  });

  test('an event of another project is not there, whatever its number', async () => {
    const { owner, paths, admin } = await prepare();
    const other = await prepare();
    const [event] = (await admin.call.get(other.paths[0])).body;
    expect((await owner.call.get(`${paths[0]}/${event.id}`)).status).toBe(404);
    expect((await owner.call.get(`${paths[1]}/${event.id}`)).status).toBe(404);
    expect((await owner.call.get(`${paths[0]}/one`)).body).toEqual({ error: 'event_id is invalid', field: 'event_id' });
  });

  test('above 10,000 rows the totals are left out, as GitLab does, and the pages go on', async () => {
    const { owner, project, paths, db, time } = await prepare();
    const row = {
      action: 'project_created',
      actor_kind: 'system',
      actor_id: null,
      actor_name: 'system',
      ip: null,
      request_id: null,
      entity_kind: 'Project',
      entity_id: project.id,
      entity_path: project.full_path,
      target_kind: 'Project',
      target_id: project.id,
      target_name: project.name,
      details: '{}',
      created_at: time.now,
    } as const;
    const fill = (count: number) => db.insertInto('audit_events').values(Array(count).fill(row)).execute();
    // With the event of the project's creation there are exactly 10,000.
    for (let i = 0; i < 9; i++) await fill(1000);
    await fill(999);
    const counted = await owner.call.get(`${paths[0]}?per_page=100`);
    expect([counted.headers.get('x-total'), counted.headers.get('x-total-pages')]).toEqual(['10000', '100']);
    await fill(1);
    const { headers, rows } = await owner.call.get(`${paths[0]}?per_page=100&page=100`);
    expect([headers.get('x-total'), headers.get('x-total-pages'), headers.get('x-next-page')]).toEqual([
      null,
      null,
      '101',
    ]);
    expect([rows.length, headers.get('link')?.includes('rel="last"')]).toEqual([100, false]);
  });

  test('events are found by their time, both ends included', async () => {
    const { owner, project, paths, seed, time } = await prepare();
    const at = (shift: number) => new Date(time.now + shift).toISOString();
    const before = at(-1);
    const start = at(0);
    const middle = at(30_000);
    time.now += 60_000;
    await seed.deployToken(project);
    const found = async (query: string) => names((await owner.call.get(`${paths[0]}?${query}`)).body);
    expect(await found(`created_after=${middle}`)).toEqual(['deploy_token_created']);
    expect(await found(`created_before=${start}`)).toEqual(['project_created']);
    expect(await found(`created_before=${before}`)).toEqual([]);
    expect(await found(`created_after=${start}&created_before=${at(0)}`)).toHaveLength(2);
    const wrong = await owner.call.get(`${paths[0]}?created_after=2026-02-30`);
    expect([wrong.status, wrong.body.error]).toEqual([400, 'created_after is invalid']);
  });
});
