import { expect, test } from 'bun:test';
import { apiClient } from '../../test/support/api-client.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { inspectToken } from '../lib/token-format.ts';

const KEYS = ['id', 'name', 'username', 'expires_at', 'scopes', 'revoked', 'expired'];
const ids = (rows: { id: number }[]) => rows.map((row) => row.id);

onEachApp('listing and reading deploy tokens', (started) => {
  /** A private project and a private group, each with an active, a revoked and an expired token. */
  const prepare = async () => {
    const app = await started;
    const { seed, services, by } = app;
    const group = await seed.group();
    const project = await seed.project(group);
    const three = async (owner: typeof group | typeof project, kind: 'group' | 'project') => {
      const active = await seed.deployToken(owner);
      const revoked = await seed.deployToken(owner);
      const expired = await seed.deployToken(owner, { expiresAt: '2026-02-28' });
      await services.deployTokens.revoke({ kind, id: owner.id, path: owner.full_path }, revoked.id, by);
      return { active, revoked, expired, all: [active.id, revoked.id, expired.id] };
    };
    const as = async (role: Parameters<typeof seed.member>[1]) =>
      apiClient(app, (await seed.member(group, role)).token);
    return {
      ...app,
      group,
      project,
      ofProject: await three(project, 'project'),
      ofGroup: await three(group, 'group'),
      projectTokens: `/projects/${project.id}/deploy_tokens`,
      groupTokens: `/groups/${group.id}/deploy_tokens`,
      admin: apiClient(app, (await seed.user({ admin: true })).token),
      stranger: apiClient(app, (await seed.user()).token),
      nobody: apiClient(app),
      maintainer: await as('maintainer'),
      developer: await as('developer'),
      owner: await as('owner'),
    };
  };

  test('A064 A076 an administrator lists the active ones of the whole server, in pages', async () => {
    const { admin, ofProject, ofGroup } = await prepare();
    const { status, rows, headers } = await admin.get('/deploy_tokens?active=true&per_page=100');
    expect(status).toBe(200);
    expect(ids(rows)).toEqual(expect.arrayContaining([ofProject.active.id, ofGroup.active.id]));
    for (const dead of [ofProject.revoked, ofProject.expired, ofGroup.revoked])
      expect(ids(rows)).not.toContain(dead.id);
    for (const name of ['x-page', 'x-per-page', 'x-total', 'x-total-pages', 'x-next-page', 'x-prev-page', 'link'])
      expect(headers.has(name)).toBe(true);
  });

  test('A065 A074 for an ordinary user the list of the whole server is 403', async () => {
    const { stranger } = await prepare();
    const { status, body } = await stranger.get('/deploy_tokens');
    expect([status, body]).toEqual([403, { message: '403 Forbidden', reason: 'Only administrators may do this.' }]);
  });

  test('A073 for nobody it is 401, and says how to sign in', async () => {
    const { nobody } = await prepare();
    const { status, body } = await nobody.get('/deploy_tokens');
    expect([status, body.message]).toEqual([401, '401 Unauthorized']);
    expect(body.reason).toContain('PRIVATE-TOKEN');
  });

  test('A066 A080 a maintainer lists active, revoked and expired tokens of the project, and no others', async () => {
    const { maintainer, projectTokens, ofProject } = await prepare();
    const { status, rows } = await maintainer.get(projectTokens);
    expect([status, ids(rows)]).toEqual([200, ofProject.all]);
    expect(rows.map(({ revoked, expired }) => [revoked, expired])).toEqual([
      [false, false],
      [true, false],
      [false, true],
    ]);
  });

  test('A068 A097 A098 a maintainer lists the three tokens of the group, and no others', async () => {
    const { maintainer, groupTokens, ofGroup } = await prepare();
    const { status, rows, headers } = await maintainer.get(groupTokens);
    expect([status, ids(rows), headers.get('x-total')]).toEqual([200, ofGroup.all, '3']);
  });

  test('A069 A081 active=true leaves out the revoked and the expired', async () => {
    const { maintainer, groupTokens, projectTokens, ofGroup, ofProject } = await prepare();
    expect(ids((await maintainer.get(`${groupTokens}?active=true`)).rows)).toEqual([ofGroup.active.id]);
    expect(ids((await maintainer.get(`${projectTokens}?active=1`)).rows)).toEqual([ofProject.active.id]);
  });

  test('A072 active=false is the same as no filter, and a word that is neither is 400', async () => {
    const { maintainer, projectTokens } = await prepare();
    const all = (await maintainer.get(projectTokens)).body;
    expect((await maintainer.get(`${projectTokens}?active=false`)).body).toEqual(all);
    expect((await maintainer.get(`${projectTokens}?active=`)).body).toEqual(all);
    const wrong = await maintainer.get(`${projectTokens}?active=perhaps`);
    expect([wrong.status, wrong.body.error]).toEqual([400, 'active is invalid']);
  });

  test('A070 A077 to who is no member, and to nobody, there is no such project or group', async () => {
    const { stranger, nobody, projectTokens, groupTokens } = await prepare();
    for (const who of [stranger, nobody]) {
      const ofProject = await who.get(projectTokens);
      expect([ofProject.status, ofProject.body]).toEqual([404, { message: '404 Project Not Found' }]);
      const ofGroup = await who.get(groupTokens);
      expect([ofGroup.status, ofGroup.body]).toEqual([404, { message: '404 Group Not Found' }]);
    }
  });

  test('A078 A084 A096 A100 for a developer everything about them is 403', async () => {
    const { developer, projectTokens, groupTokens, ofProject, ofGroup } = await prepare();
    for (const path of [
      projectTokens,
      `${projectTokens}/${ofProject.active.id}`,
      groupTokens,
      `${groupTokens}/${ofGroup.active.id}`,
    ]) {
      const { status, body } = await developer.get(path);
      expect([status, body.message]).toEqual([403, '403 Forbidden']);
      expect(body.reason).toMatch(/^This needs the role Maintainer or higher in the (project|group)\.$/);
    }
  });

  test('A082 in lists there is no secret, and exactly these keys', async () => {
    const { maintainer, projectTokens } = await prepare();
    for (const row of (await maintainer.get(projectTokens)).rows) expect(Object.keys(row)).toEqual(KEYS);
  });

  test('A085 A101 a maintainer gets one token of the project, and one of the group', async () => {
    const { maintainer, projectTokens, groupTokens, ofProject, ofGroup, project } = await prepare();
    const one = await maintainer.get(`${projectTokens}/${ofProject.expired.id}`);
    expect([one.status, one.body]).toEqual([
      200,
      {
        id: ofProject.expired.id,
        name: 'token',
        username: `gitlab+deploy-token-${ofProject.expired.id}`,
        expires_at: '2026-02-28T00:00:00.000Z',
        scopes: ['read_repository'],
        revoked: false,
        expired: true,
      },
    ]);
    const path = `/projects/${encodeURIComponent(project.full_path)}/deploy_tokens/${ofProject.active.id}`;
    expect((await maintainer.get(path)).body.id).toBe(ofProject.active.id);
    const other = await maintainer.get(`${groupTokens}/${ofGroup.active.id}`);
    expect([other.status, Object.keys(other.body)]).toEqual([200, KEYS]);
  });

  test('A086 a project id that is no number and no path is 404', async () => {
    const { maintainer, ofProject } = await prepare();
    for (const id of ['bad_id', '123abc', '0', '99999999', '99999999999999999999']) {
      const { status, body } = await maintainer.get(`/projects/${id}/deploy_tokens/${ofProject.active.id}`);
      expect([id, status, body]).toEqual([id, 404, { message: '404 Project Not Found' }]);
    }
  });

  test('A088 a token of another project, or of the group, is not there', async () => {
    const { maintainer, projectTokens, groupTokens, ofGroup, ofProject, seed, group } = await prepare();
    const foreign = await seed.deployToken(await seed.project(group));
    for (const path of [
      `${projectTokens}/${foreign.id}`,
      `${projectTokens}/${ofGroup.active.id}`,
      `${groupTokens}/${ofProject.active.id}`,
    ]) {
      expect(await maintainer.get(path)).toMatchObject({ status: 404, body: { message: '404 Not found' } });
      expect((await maintainer.delete(path)).status).toBe(404);
    }
    expect((await (await started).services.deployTokens.check(inspectToken(foreign.secret))).outcome).toBe('active');
  });

  test('A102 an unknown path of a group, or an unknown token, is 404', async () => {
    const { maintainer, groupTokens, ofGroup } = await prepare();
    const unknown = await maintainer.get(`/groups/no%2Fsuch/deploy_tokens/${ofGroup.active.id}`);
    expect([unknown.status, unknown.body]).toEqual([404, { message: '404 Group Not Found' }]);
    expect((await maintainer.get(`${groupTokens}/99999999`)).body).toEqual({ message: '404 Not found' });
  });

  test('A089 A090 deleting a project token without permission: anonymous gets 404, a developer 403', async () => {
    const { nobody, developer, projectTokens, ofProject, services } = await prepare();
    const path = `${projectTokens}/${ofProject.active.id}`;
    expect((await nobody.delete(path)).status).toBe(404);
    expect((await developer.delete(path)).status).toBe(403);
    expect((await services.deployTokens.check(inspectToken(ofProject.active.secret))).outcome).toBe('active');
  });

  test('A092 A093 A094 deleting what is not there is 404, and an id that is no number 400', async () => {
    const { maintainer, projectTokens, ofProject } = await prepare();
    const project = await maintainer.delete(`/projects/no%2Fsuch/deploy_tokens/${ofProject.active.id}`);
    expect([project.status, project.body]).toEqual([404, { message: '404 Project Not Found' }]);
    const token = await maintainer.delete(`${projectTokens}/99999999`);
    expect([token.status, token.body]).toEqual([404, { message: '404 Not found' }]);
    for (const method of ['get', 'delete'] as const) {
      const { status, body } = await maintainer[method](`${projectTokens}/one`);
      expect([status, body.error]).toEqual([400, 'token_id is invalid']);
    }
  });

  test('A100 A104 on a public group an anonymous caller gets 403, and so does a developer', async () => {
    const { seed, nobody, ...app } = await prepare();
    const group = await seed.group(null, { visibility: 'public' });
    const token = await seed.deployToken(group);
    const developer = apiClient(app, (await seed.member(group, 'developer')).token);
    const path = `/groups/${group.id}/deploy_tokens/${token.id}`;
    for (const who of [nobody, developer]) {
      expect((await who.get(`/groups/${group.id}/deploy_tokens`)).status).toBe(403);
      expect((await who.get(path)).status).toBe(403);
      expect((await who.delete(path)).status).toBe(403);
    }
  });

  test('A105 an owner deletes a token of a group, and so does a maintainer', async () => {
    const { owner, maintainer, groupTokens, ofGroup, services } = await prepare();
    const gone = await owner.delete(`${groupTokens}/${ofGroup.active.id}`);
    expect([gone.status, gone.body]).toEqual([204, {}]);
    expect((await services.deployTokens.check(inspectToken(ofGroup.active.secret))).outcome).toBe('unknown');
    expect((await maintainer.delete(`${groupTokens}/${ofGroup.expired.id}`)).status).toBe(204);
  });

  test('A106 an owner who deletes a token that does not exist gets 404', async () => {
    const { owner, groupTokens, ofGroup } = await prepare();
    expect((await owner.delete(`/groups/no-such/deploy_tokens/${ofGroup.active.id}`)).status).toBe(404);
    expect((await owner.delete(`${groupTokens}/99999999`)).status).toBe(404);
  });
});
