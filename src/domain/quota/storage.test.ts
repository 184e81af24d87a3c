import { beforeAll, describe, expect, test } from 'bun:test';
import { basic, privateToken, type TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { createRegistryClient, imageManifest, sha256 } from '../../../test/support/registry.ts';
import type { Group } from '../groups/groups.ts';
import type { Project } from '../projects/projects.ts';

onEachApp('storage limits', (started) => {
  let app: TestApp;
  let admin: { username: string; token: string };
  let group: Group | undefined;
  let below: Group | undefined;
  let one: Project | undefined;
  let two: Project | undefined;
  let token: { username: string | null; id: number; secret: string };
  let login: { username: string; secret: string };

  beforeAll(async () => {
    app = await started;
    admin = await app.seed.user({ admin: true });
  });

  const fresh = async () => {
    group = await app.seed.group();
    below = await app.seed.group(group);
    one = await app.seed.project(below);
    two = await app.seed.project(group);
    const scopes = ['read_registry', 'write_registry', 'read_package_registry', 'write_package_registry'];
    token = await app.seed.deployToken(group, { scopes, username: 'ci' });
    login = { username: 'ci', secret: token.secret };
  };

  const projectOf = (which: 1 | 2) => {
    const project = which === 1 ? one : two;
    if (!project) throw new Error('fresh was not called');
    return project;
  };
  const groupOf = () => {
    if (!group || !below) throw new Error('fresh was not called');
    return group;
  };

  const put = (path: string, body: object, who = admin.token) =>
    app.fetch(`/api/v4/${path}`, {
      method: 'PUT',
      headers: { ...privateToken(who), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  const limit = async (what: 'projects' | 'groups', id: number, storage_limit: number | null) => {
    const response = await put(`${what}/${id}`, { storage_limit });
    expect(response.status).toBe(200);
    return (await response.json()) as { storage_limit: number | null };
  };
  const statistics = async (what: 'projects' | 'groups', id: number) =>
    (await (
      await app.fetch(`/api/v4/${what}/${id}?statistics=true`, { headers: privateToken(admin.token) })
    ).json()) as { storage_limit: number | null; statistics: Record<string, number> };

  const publish = (project: Project, file: string, text: string, headers: Record<string, string> = {}) =>
    app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/${file}`, {
      method: 'PUT',
      headers: { ...basic('ci', token.secret), ...headers },
      body: text,
    });

  /** A recent count may still refuse. */
  const untilPublished = async (project: Project, file: string, text: string) => {
    let { status } = await publish(project, file, text);
    while (status === 403) {
      await Bun.sleep(20);
      ({ status } = await publish(project, file, text));
    }
    expect(status).toBe(201);
  };

  test('a publish over the limit of a project is refused with the figures, and changes nothing', async () => {
    await fresh();
    const project = projectOf(1);
    expect((await limit('projects', project.id, 1000)).storage_limit).toBe(1000);
    expect((await publish(project, 'one', 'a'.repeat(600))).status).toBe(201);
    const refused = await publish(project, 'two', 'b'.repeat(600));
    expect(refused.status).toBe(403);
    expect(await refused.json()).toMatchObject({
      message: '403 Forbidden',
      reason: expect.stringContaining(`The project ${project.full_path} uses 600 B of its storage limit of 1000 B`),
    });
    expect((await statistics('projects', project.id)).statistics).toEqual({
      storage_size: 600,
      packages_size: 600,
      container_registry_size: 0,
      lfs_objects_size: 0,
    });
    // Reading always works.
    const read = await app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/one`, {
      headers: basic('ci', token.secret),
    });
    expect(read.status).toBe(200);
  });

  test('a deletion frees quota', async () => {
    await fresh();
    const project = projectOf(1);
    await limit('projects', project.id, 1000);
    expect((await publish(project, 'one', 'a'.repeat(900))).status).toBe(201);
    expect((await publish(project, 'two', 'b'.repeat(900))).status).toBe(403);
    const headers = privateToken(admin.token);
    const [found] = (await (await app.fetch(`/api/v4/projects/${project.id}/packages`, { headers })).json()) as [
      { id: number },
    ];
    await app.fetch(`/api/v4/projects/${project.id}/packages/${found.id}`, { method: 'DELETE', headers });
    await untilPublished(project, 'two', 'b'.repeat(900));
    await limit('projects', project.id, null);
    expect((await publish(project, 'three', 'c'.repeat(900))).status).toBe(201);
  });

  test('a group counts a blob once, in whichever of its projects it is, and says no for all of them', async () => {
    await fresh();
    const first = projectOf(1);
    const second = projectOf(2);
    await limit('groups', groupOf().id, 1000);
    expect((await publish(first, 'one', 'a'.repeat(400))).status).toBe(201);
    expect((await publish(second, 'one', 'a'.repeat(400))).status).toBe(201);
    expect((await publish(second, 'two', 'b'.repeat(400))).status).toBe(201);
    expect((await statistics('groups', groupOf().id)).statistics['storage_size']).toBe(800);
    const refused = await publish(first, 'three', 'c'.repeat(400));
    expect(refused.status).toBe(403);
    const said = JSON.stringify(await refused.json());
    expect(said).toContain(`The storage limit of the group ${groupOf().full_path} is reached`);
    expect(said).not.toContain('800 B');
  });

  test('of uploads at once no more are filed than there is room for', async () => {
    await fresh();
    const project = projectOf(1);
    await limit('groups', groupOf().id, 1000);
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => publish(i % 2 === 0 ? project : projectOf(2), `f${i}`, `${i} `.padEnd(300))),
    );
    const filed = answers.filter(({ status }) => status === 201).length;
    expect(filed).toBe(3);
    expect((await statistics('groups', groupOf().id)).statistics['storage_size']).toBe(900);
  });

  test('a body that does not say how long it is is cut where it becomes too large', async () => {
    await fresh();
    const project = projectOf(1);
    await limit('projects', project.id, 1000);
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 100;
        controller.enqueue(new Uint8Array(100));
        if (sent >= 100_000) controller.close();
      },
    });
    const refused = await app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/long`, {
      method: 'PUT',
      headers: basic('ci', token.secret),
      body,
    });
    expect(refused.status).toBe(403);
    expect(sent).toBeLessThan(50_000);
  });

  describe('images', () => {
    const pushed = async (project: Project, image = 'app') => {
      const client = createRegistryClient(app);
      const name = `${project.full_path}/${image}`;
      return { client, name, headers: await client.signIn(login, `repository:${name}:pull,push`) };
    };

    test('a blob, a mount and a manifest are denied with the figures', async () => {
      await fresh();
      const project = projectOf(1);
      const { client, name, headers } = await pushed(project);
      const config = await client.pushBlob(headers, name, '{}');
      const layer = await client.pushBlob(headers, name, 'l'.repeat(500));
      await limit('projects', project.id, 600);
      const denied = async (response: Response) => {
        expect(response.status).toBe(403);
        const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
        expect(errors).toMatchObject([
          {
            code: 'DENIED',
            message: expect.stringContaining(
              `The project ${project.full_path} uses 502 B of its storage limit of 600 B`,
            ),
          },
        ]);
      };
      const more = 'm'.repeat(200);
      await denied(
        await app.fetch(`/v2/${name}/blobs/uploads/?digest=${sha256(more)}`, { method: 'POST', headers, body: more }),
      );
      const begun = await app.fetch(`/v2/${name}/blobs/uploads/`, { method: 'POST', headers });
      const there = begun.headers.get('location') ?? '';
      await denied(await app.fetch(there, { method: 'PATCH', headers, body: more }));
      await denied(await client.putManifest(headers, name, 'v1', imageManifest(config, [layer])));

      // A blob that the project has needs no quota in another image of it; any other blob does.
      const other = await pushed(project, 'other');
      await client.pushBlob(other.headers, other.name, 'l'.repeat(90));
      const foreign = await pushed(projectOf(2));
      await client.pushBlob(foreign.headers, foreign.name, more);
      const both = await client.signIn(login, `repository:${name}:pull,push`, `repository:${foreign.name}:pull,push`);
      const mount = (digest: string, from: string) =>
        app.fetch(`/v2/${name}/blobs/uploads/?mount=${digest}&from=${from}`, { method: 'POST', headers: both });
      expect((await mount(sha256(more), foreign.name)).status).toBe(403);
      expect((await app.fetch(`/v2/${name}/blobs/${layer.digest}`, { headers })).status).toBe(200);
      await limit('projects', project.id, 5000);
      expect((await client.putManifest(headers, name, 'v1', imageManifest(config, [layer]))).status).toBe(201);
      expect((await mount(sha256(more), foreign.name)).status).toBe(201);
    });
  });

  test('LFS: a batch names the objects over the quota, and an upload is answered 507', async () => {
    await fresh();
    const project = projectOf(1);
    await limit('projects', project.id, 100);
    const user = basic(admin.username, admin.token);
    const text = 'x'.repeat(80);
    const objects = ['x', 'y', 'x'].map((letter) => ({ oid: sha256(letter.repeat(80)).slice(7), size: 80 }));
    const type = 'application/vnd.git-lfs+json';
    const batch = await app.fetch(`/${project.full_path}.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { ...user, 'Content-Type': type, Accept: type },
      body: JSON.stringify({ operation: 'upload', objects }),
    });
    expect(batch.status).toBe(200);
    const answers = ((await batch.json()) as { objects: { error?: { code: number; message: string } }[] }).objects;
    expect(answers[0]?.error).toBeUndefined();
    expect(answers[2]?.error).toBeUndefined();
    expect(answers[1]?.error).toMatchObject({
      code: 507,
      message: expect.stringContaining('uses 0 B of its storage limit of 100 B'),
    });
    const send = (object: { oid: string; size: number } | undefined, body: string) =>
      app.fetch(`/${project.full_path}.git/gitlab-lfs/objects/${object?.oid}/${object?.size}`, {
        method: 'PUT',
        headers: user,
        body,
      });
    expect((await send(objects[0], text)).status).toBe(200);
    // An object that the project has needs no quota.
    expect((await send(objects[0], text)).status).toBe(200);
    const full = await send(objects[1], 'y'.repeat(80));
    expect(full.status).toBe(507);
    expect(await full.json()).toMatchObject({
      message: expect.stringContaining('uses 80 B of its storage limit of 100 B'),
    });
  });

  test('administrators set limits, which is audited; others see them, with Reporter and higher', async () => {
    await fresh();
    const project = projectOf(1);
    const owner = await app.seed.member(groupOf(), 'owner');
    const guest = await app.seed.member(groupOf(), 'guest');
    expect((await put(`projects/${project.id}`, { storage_limit: 5 }, owner.token)).status).toBe(403);
    expect((await put(`groups/${groupOf().id}`, { storage_limit: 5 }, owner.token)).status).toBe(403);
    expect((await put(`projects/${project.id}`, { storage_limit: 0 })).status).toBe(400);
    // All of a change is made, or nothing.
    expect((await put(`projects/${project.id}`, { storage_limit: 9, path: 'a b' })).status).toBe(400);
    expect((await put(`groups/${groupOf().id}`, { storage_limit: 9, path: 'a b' })).status).toBe(400);
    expect((await put(`projects/${project.id}`, { storage_limit: 9, name: 'x' }, owner.token)).status).toBe(403);
    expect((await statistics('projects', project.id)).storage_limit).toBeNull();
    expect((await statistics('groups', groupOf().id)).storage_limit).toBeNull();
    expect(await statistics('projects', project.id)).toMatchObject({ name: project.name });
    await limit('projects', project.id, 5);
    await limit('projects', project.id, 5);
    const seen = (who: string) =>
      app.fetch(`/api/v4/projects/${project.id}?statistics=true`, { headers: privateToken(who) });
    expect(await (await seen(owner.token)).json()).toMatchObject({ storage_limit: 5, statistics: { storage_size: 0 } });
    expect((await seen(guest.token)).status).toBe(403);
    const about = { entityKind: 'Project', entityId: project.id } as const;
    const events = await app.services.audit.list(about, { page: 1, perPage: 20 });
    const changes = events.items.filter(({ action }) => action === 'storage_limit_changed');
    expect(changes.map(({ details }) => details)).toEqual([{ from: null, to: 5 }]);
  });

  test('a personal namespace has a limit too', async () => {
    const user = await app.seed.user();
    expect((await put(`namespaces/${user.username}`, { storage_limit: 10 }, user.token)).status).toBe(403);
    const answer = await put(`namespaces/${user.username}`, { storage_limit: 10 });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ kind: 'user', storage_limit: 10, statistics: { storage_size: 0 } });
    const made = await app.fetch('/api/v4/projects', {
      method: 'POST',
      headers: { ...privateToken(user.token), 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'own' }),
    });
    const { id } = (await made.json()) as { id: number };
    const refused = await app.fetch(`/api/v4/projects/${id}/packages/generic/a/1.0/one`, {
      method: 'PUT',
      headers: basic(user.username, user.token),
      body: 'z'.repeat(11),
    });
    expect(refused.status).toBe(403);
  });

  test('a group that moves while an upload is under way keeps its limit', async () => {
    await fresh();
    const moved = groupOf();
    const project = projectOf(1);
    await limit('groups', moved.id, 1000);
    expect((await publish(project, 'one', 'a'.repeat(400))).status).toBe(201);
    const begun = Promise.withResolvers<void>();
    const rest = Promise.withResolvers<void>();
    const slow = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(100)),
      // Asked for more: the first part was let in.
      async pull(controller) {
        begun.resolve();
        await rest.promise;
        controller.enqueue(new Uint8Array(400));
        controller.close();
      },
    });
    const upload = app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/slow`, {
      method: 'PUT',
      headers: basic('ci', token.secret),
      body: slow,
    });
    await begun.promise;
    expect((await publish(project, 'two', 'b'.repeat(300))).status).toBe(201);
    await app.services.groups.transfer(moved, await app.seed.group(), app.by);
    rest.resolve();
    expect((await upload).status).toBe(403);
    expect((await publish(project, 'three', 'c'.repeat(400))).status).toBe(403);
    const used = await app.db.selectFrom('storage_limits').selectAll().where('namespace_id', '=', moved.id).execute();
    expect(used.map(({ used_bytes }) => used_bytes)).toEqual([700]);
  });

  test('a project that is moved into a group counts there', async () => {
    await fresh();
    const elsewhere = await app.seed.group();
    const project = await app.seed.project(elsewhere);
    await limit('groups', groupOf().id, 1000);
    const own = await app.seed.deployToken(project, { scopes: ['write_package_registry'], username: 'ci' });
    const put = await app.fetch(`/api/v4/projects/${project.id}/packages/generic/a/1.0/one`, {
      method: 'PUT',
      headers: basic('ci', own.secret),
      body: 'z'.repeat(900),
    });
    expect(put.status).toBe(201);
    await app.services.projects.transfer(project, groupOf(), app.by);
    expect((await publish(projectOf(1), 'one', 'a'.repeat(400))).status).toBe(403);
  });
});
