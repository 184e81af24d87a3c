/**
 * The attack: a bearer token that outlives what it was issued for: its deploy token was revoked, deleted or has
 * expired, its user is blocked or has another password, the project has moved. CVE-2026-27968 (Packistry: expired
 * tokens were accepted); GitLab's own keeps working for minutes.
 */

import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf } from '../support/registry.ts';
import { BOTH_SCOPES, bearerScene, expectInvalidBearer } from '../support/registry-scenes.ts';
import { PASSWORD } from '../support/seed.ts';

onEachApp('bearer tokens of the revoked', (started) => {
  test('A208 a JWT that carries a deploy token resolves to that token, and to nothing once it is revoked (the registry’s: packages give out none)', async () => {
    const { app, pull, project, token, headers } = await bearerScene(await started);
    app.lines.length = 0;
    expect((await pull(headers)).status).toBe(200);
    const actor = app.lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'request');
    expect(actor).toMatchObject({ actor: 'deployToken', actor_id: token.id });
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    await expectInvalidBearer(await pull(headers));
  });

  test('A240 one whose deploy token was revoked is refused from then on, at the next request', async () => {
    const { app, project, token, headers, pull } = await bearerScene(await started);
    expect((await pull(headers)).status).toBe(200);
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
    await app.services.deployTokens.revoke(owner, token.id, app.by);
    await expectInvalidBearer(await pull(headers));
    await expectInvalidBearer(await app.fetch('/v2/', { headers }));
    // Public or not: a machine with a dead key must learn of it.
    await app.db.updateTable('projects').set({ visibility: 'public' }).where('id', '=', project.id).execute();
    await expectInvalidBearer(await pull(headers));
  });

  test('nor does it outlive a deleted or expired deploy token, a revoked personal token or a blocked user', async () => {
    const { app, client, project, image, pull } = await bearerScene(await started);
    const scope = `repository:${image}:pull`;
    const owner = { kind: 'project', id: project.id, path: project.full_path } as const;

    const deleted = await app.seed.deployToken(project, { scopes: BOTH_SCOPES });
    const ofDeleted = await client.signIn(deleted, scope);
    await app.services.deployTokens.destroy(owner, deleted.id, app.by);
    await expectInvalidBearer(await pull(ofDeleted));

    const expiring = await app.seed.deployToken(project, { scopes: BOTH_SCOPES, expiresAt: '2026-03-01T12:01:00Z' });
    const ofExpiring = await client.signIn(expiring, scope);
    expect((await pull(ofExpiring)).status).toBe(200);
    app.time.now += 60_000;
    await expectInvalidBearer(await pull(ofExpiring));
    app.time.now -= 60_000;

    const admin = await app.seed.user({ admin: true, password: PASSWORD });
    const ofToken = await client.signIn({ username: admin.username, secret: admin.token }, scope);
    const ofPassword = await client.signIn({ username: admin.username, secret: PASSWORD }, scope);
    expect([(await pull(ofToken)).status, (await pull(ofPassword)).status]).toEqual([200, 200]);
    await app.db.updateTable('personal_access_tokens').set({ revoked_at: 1 }).where('user_id', '=', admin.id).execute();
    await expectInvalidBearer(await pull(ofToken));
    await app.db.updateTable('users').set({ blocked: 1 }).where('id', '=', admin.id).execute();
    await expectInvalidBearer(await pull(ofPassword));
  });

  test('nor the password that it was got for: a thief who is shut out by another password is shut out at once', async () => {
    const { app, client, image, pull } = await bearerScene(await started);
    const user = await app.seed.user({ admin: true, password: PASSWORD });
    const signIn = (secret: string) => client.signIn({ username: user.username, secret }, `repository:${image}:pull`);
    const stolen = await signIn(PASSWORD);
    expect((await pull(stolen)).status).toBe(200);
    await app.services.users.setPassword(user.id, 'another password', app.by);
    await expectInvalidBearer(await pull(stolen));
    expect((await pull(await signIn('another password'))).status).toBe(200);
  });

  test('it follows what its owner may do today: a project that moved out of reach, a registry switched off', async () => {
    const { app, client, group, project, image, pull } = await bearerScene(await started);
    const token = await app.seed.deployToken(group, { scopes: BOTH_SCOPES });
    const headers = await client.signIn(token, `repository:${image}:pull`);
    expect((await pull(headers)).status).toBe(200);
    await app.db.updateTable('projects').set({ registry_enabled: 0 }).where('id', '=', project.id).execute();
    expect((await pull(headers)).status).toBe(403);
    await app.db.updateTable('projects').set({ registry_enabled: 1 }).where('id', '=', project.id).execute();
    const away = await app.seed.group();
    await app.db.updateTable('projects').set({ namespace_id: away.id }).where('id', '=', project.id).execute();
    const response = await pull(headers);
    expect([response.status, await codesOf(response)]).toEqual([404, ['NAME_UNKNOWN']]);
  });
});
