/**
 * The attack: a stolen token begins a long upload; its theft is noticed, it is revoked, and minutes later the upload
 * ends. A decision made when the request arrived must not apply to a later change: each change is decided again in its
 * own transaction.
 */
import { expect, test } from 'bun:test';
import { SAMPLES } from '../contracts/package-samples/contract.ts';
import { basic, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { createRegistryClient, imageManifest, sha256 } from '../support/registry.ts';

type Sent = RequestInit & { ip?: string };

/**
 * Sends a request, and does something else once the server has admitted it and asks for its body.
 * @returns the answer.
 */
async function sendWith(app: TestApp, path: string, init: Sent, between: () => Promise<unknown>): Promise<Response> {
  const whole = new Request('http://postern.test', { ...init, method: 'POST' });
  const bytes = await whole.bytes();
  const type = whole.headers.get('content-type');
  let done = false;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await between();
        done = true;
        controller.enqueue(bytes);
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  const headers = new Headers(init.headers);
  if (type !== null) headers.set('Content-Type', type);
  const response = await app.fetch(path, { ...init, headers, body, duplex: 'half' } as Sent);
  expect(done).toBe(true);
  return response;
}

const WIDGET = { name: 'widget', version: '1.0.0', content: 'some bytes' };

/** A project with a token that may write to it, and another that may read what is there in the end. */
async function scene(app: TestApp) {
  const { seed, services, by } = app;
  const group = await seed.group();
  const project = await seed.project(group);
  const owner = { kind: 'project', id: project.id, path: project.full_path } as const;
  const scopes = ['read_package_registry', 'write_package_registry', 'read_registry', 'write_registry'];
  const thief = await seed.deployToken(project, { scopes });
  const reader = await seed.deployToken(project, { scopes });
  return {
    app,
    group,
    project,
    owner,
    thief,
    reader,
    revoke: () => services.deployTokens.revoke(owner, thief.id, by),
  };
}

type Scene = Awaited<ReturnType<typeof scene>>;

const packagesOf = async ({ app, project }: Scene) =>
  (await app.db.selectFrom('packages').select('name').where('project_id', '=', project.id).execute()).map(
    ({ name }) => name,
  );

onEachEngine('a token that is revoked between the admission of a request and its commit', (engine) => {
  for (const sample of SAMPLES)
    test(`${sample.type}: publishes nothing`, async () => {
      await using app = await startApp(engine);
      const at = await scene(app);
      const { path, init } = await sample.publish({ ...WIDGET, project: at.project.id });
      const headers = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${at.thief.secret}` };
      const refused = await sendWith(app, `/api/v4${path}`, { ...init, headers }, at.revoke);
      expect(refused.status).toBe(401);
      expect(await packagesOf(at)).toEqual([]);
      const events = await app.db.selectFrom('audit_events').select('action').execute();
      expect(events.map(({ action }) => action)).not.toContain('package_registry_package_published');

      // The same request with a credential that stays good: so it was the revocation that stopped it.
      const good = { ...(init.headers as Record<string, string>), Authorization: `Bearer ${at.reader.secret}` };
      const published = await sendWith(app, `/api/v4${path}`, { ...init, headers: good }, async () => {});
      expect(published.ok).toBe(true);
      expect(await packagesOf(at)).toHaveLength(1);
    });

  test('an image: pushes no blob, no manifest and no tag, with a bearer token that is still within its five minutes', async () => {
    await using app = await startApp(engine);
    const at = await scene(app);
    const image = `${at.project.full_path}/app`;
    const registry = createRegistryClient(app);
    const login = { username: at.thief.username, secret: at.thief.secret };
    const headers = await registry.signIn(login, `repository:${image}:pull,push`);
    const good = await registry.signIn(
      { username: at.reader.username, secret: at.reader.secret },
      `repository:${image}:pull,push`,
    );
    const config = await registry.pushBlob(good, image, '{}');
    const manifest = JSON.stringify(
      imageManifest({ ...config, mediaType: 'application/vnd.oci.image.config.v1+json' }, []),
    );
    const put = (by: Record<string, string>, between: () => Promise<unknown>) =>
      sendWith(
        app,
        `/v2/${image}/manifests/latest`,
        {
          method: 'PUT',
          headers: { ...by, 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' },
          body: new Blob([manifest], { type: 'application/vnd.oci.image.manifest.v1+json' }),
        },
        between,
      );
    const blob = `/v2/${image}/blobs/uploads/?digest=${sha256('stolen')}`;
    const blobRefused = await sendWith(app, blob, { method: 'POST', headers, body: 'stolen' }, at.revoke);
    expect(blobRefused.status).toBe(401);
    expect((await app.fetch(`/v2/${image}/blobs/${sha256('stolen')}`, { headers: good })).status).toBe(404);
    await app.db.updateTable('deploy_tokens').set({ revoked_at: null }).where('id', '=', at.thief.id).execute();

    expect((await put(headers, at.revoke)).status).toBe(401);
    expect((await app.fetch(`/v2/${image}/manifests/latest`, { headers: good })).status).toBe(404);
    expect((await app.fetch(`/v2/${image}/manifests/${sha256(manifest)}`, { headers: good })).status).toBe(404);
    expect((await put(good, async () => {})).status).toBe(201);
  });
});

onEachEngine('a personal token that is revoked between the admission of a request and its commit', (engine) => {
  test('links no LFS object', async () => {
    await using app = await startApp(engine);
    const { project } = await scene(app);
    const thief = await app.seed.member(project, 'developer');
    const reader = await app.seed.member(project, 'developer');
    const oid = sha256('an object').slice('sha256:'.length);
    const object = `/${project.full_path}.git/gitlab-lfs/objects/${oid}`;
    const revoke = () =>
      app.db
        .updateTable('personal_access_tokens')
        .set({ revoked_at: app.time.now })
        .where('user_id', '=', thief.id)
        .execute();
    const put = (user: { username: string; token: string }, between: () => Promise<unknown>) =>
      sendWith(
        app,
        `${object}/9`,
        { method: 'PUT', headers: basic(user.username, user.token), body: 'an object' },
        between,
      );
    expect((await put(thief, revoke)).status).toBe(401);
    const asReader = { headers: basic(reader.username, reader.token) };
    expect((await app.fetch(object, asReader)).status).toBe(404);
    expect((await put(reader, async () => {})).status).toBe(200);
    expect((await app.fetch(object, asReader)).status).toBe(200);
  });
});

onEachEngine('other changes between the admission of a request and its commit', (engine) => {
  const file = ({ project }: Scene) => `/api/v4/projects/${project.id}/packages/generic/widget/1.0/file`;
  const publishAs = (at: Scene, headers: Record<string, string>, between: () => Promise<unknown>) =>
    sendWith(at.app, file(at), { method: 'PUT', headers, body: 'bytes' }, between);

  test('an archived project, a feature that is off, a protected name and an expired token are refused', async () => {
    await using app = await startApp(engine);
    const at = await scene(app);
    const { project, thief } = at;
    const { projects, packages } = app.services;
    const byToken = { 'Deploy-Token': thief.secret };
    const expired = await app.seed.deployToken(project, {
      scopes: ['write_package_registry'],
      expiresAt: new Date(app.time.now + 60_000).toISOString(),
    });
    const cases: [number, Record<string, string>, () => Promise<unknown>, () => Promise<unknown>][] = [
      [403, byToken, () => projects.archive(project, true, app.by), () => projects.archive(project, false, app.by)],
      [
        403,
        byToken,
        () => app.db.updateTable('projects').set({ packages_enabled: 0 }).where('id', '=', project.id).execute(),
        () => app.db.updateTable('projects').set({ packages_enabled: 1 }).where('id', '=', project.id).execute(),
      ],
      [
        401,
        { 'Deploy-Token': expired.secret },
        async () => {
          app.time.now += 120_000;
        },
        async () => {},
      ],
      [
        403,
        byToken,
        () => packages.rules.create(project, { type: 'generic', pattern: 'wid*', pushLevel: 40 }, app.by),
        async () => {},
      ],
    ];
    for (const [status, headers, change, back] of cases) {
      expect((await publishAs(at, headers, change)).status).toBe(status);
      expect(await packagesOf(at)).toEqual([]);
      await back();
    }
  });

  test('a user who lost the role, whose token was revoked, or who was blocked is refused', async () => {
    await using app = await startApp(engine);
    const at = await scene(app);
    const { project } = at;
    const { db, time } = app;
    const cases: [number, (userId: number) => Promise<unknown>][] = [
      [404, (id) => db.deleteFrom('members').where('user_id', '=', id).execute()],
      [
        401,
        (id) =>
          db.updateTable('personal_access_tokens').set({ revoked_at: time.now }).where('user_id', '=', id).execute(),
      ],
      [401, (id) => db.updateTable('users').set({ blocked: 1 }).where('id', '=', id).execute()],
    ];
    for (const [status, change] of cases) {
      const user = await app.seed.member(project, 'developer');
      const refused = await publishAs(at, { 'PRIVATE-TOKEN': user.token }, () => change(user.id));
      expect(refused.status).toBe(status);
      expect(await packagesOf(at)).toEqual([]);
    }
  });
});

onEachEngine('a maintainer who is removed while the API waits for the body', (engine) => {
  test('gets no deploy token, adds no member and changes no project', async () => {
    await using app = await startApp(engine);
    const { project } = await scene(app);
    const stranger = await app.seed.user();
    const requests: [string, string, object][] = [
      ['POST', 'deploy_tokens', { name: 'kept', scopes: ['write_registry'] }],
      ['POST', 'members', { user_id: stranger.id, access_level: 40 }],
      ['PUT', '', { description: 'changed' }],
    ];
    for (const [method, rest, body] of requests) {
      const removed = await app.seed.member(project, 'maintainer');
      const headers = { 'PRIVATE-TOKEN': removed.token, 'Content-Type': 'application/json' };
      const path = `/api/v4/projects/${project.id}${rest && `/${rest}`}`;
      const remove = () => app.db.deleteFrom('members').where('user_id', '=', removed.id).execute();
      const refused = await sendWith(app, path, { method, headers, body: JSON.stringify(body) }, remove);
      expect(refused.status).toBe(404);
    }
    const tokens = app.db.selectFrom('deploy_tokens').select('name').where('name', '=', 'kept').execute();
    expect(await tokens).toEqual([]);
    expect(await app.db.selectFrom('members').selectAll().where('user_id', '=', stranger.id).execute()).toEqual([]);
    const { description } = await app.db
      .selectFrom('projects')
      .select('description')
      .where('id', '=', project.id)
      .executeTakeFirstOrThrow();
    expect(description).not.toBe('changed');
  });
});
