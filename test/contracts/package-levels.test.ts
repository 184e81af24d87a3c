/** The addresses below groups, and those of the instance, of the types that have them. */
import { describe, expect, test } from 'bun:test';
import { basic, startApp } from '../support/app.ts';
import { bearer, CHALLENGE, type Headers, onEachPackageType, READ, WRITE } from './package-samples/contract.ts';
import { ask, type PackageSample } from './package-samples/sample.ts';

onEachPackageType('packages of groups', ({ sample, engine, app, world, publish, get }) => {
  const { inGroup } = sample;
  if (!inGroup) {
    const rows = () =>
      app.app.protocols.filter(({ usageName: protocol }) => protocol === sample.type).flatMap(({ routes }) => routes);
    return test('this type has no addresses below groups', () => {
      expect(rows()).not.toEqual([]);
      expect(rows().filter(({ access }) => access.on !== 'project')).toEqual([]);
    });
  }

  const statuses = async (paths: readonly string[], headers: Headers = {}) =>
    [...new Set(await Promise.all(paths.map(async (path) => (await get(path, headers)).status)))].sort();

  test('A276 a group token reads at its group and at subgroups, given by id and by path', async () => {
    for (const { id, full_path } of [world.root, world.middle, world.group])
      for (const group of [id, full_path])
        for (const method of ['GET', 'HEAD'])
          for (const path of inGroup(group, world.there)) {
            const { status } = await get(path, bearer(world.fromRoot), { method });
            expect([method, path, status]).toEqual([method, path, 200]);
          }
  });

  test('the result depends on the rights: anonymous clients and strangers get public packages only', async () => {
    expect((await publish({ name: 'inside' }, bearer(world.writer))).ok).toBe(true);
    for (const headers of [{}, bearer(world.stranger), bearer(world.fromSibling)]) {
      expect(await statuses(inGroup(world.root.id, world.there), headers)).toEqual([200]);
      expect(await statuses(inGroup(world.root.id, { ...world.there, name: 'inside' }), headers)).not.toContain(200);
    }
    for (const token of [world.reader, world.writer, world.fromRoot])
      expect(await statuses(inGroup(world.root.id, { ...world.there, name: 'inside' }), bearer(token))).toEqual([200]);
  });

  test('a private group: a token of one of its projects finds that project only; for others the group does not exist', async () => {
    const top = await app.seed.group();
    const closed = await app.seed.group(top);
    const mine = await app.seed.project(closed);
    const beside = await app.seed.project(closed);
    const what = { ...world.there, project: mine.id, name: 'mine' };
    const ofMine = await app.seed.deployToken(mine, { scopes: WRITE });
    expect((await publish(what, bearer(ofMine))).ok).toBe(true);
    const reader = await app.seed.deployToken(mine, { scopes: READ });
    const neighbour = await app.seed.deployToken(beside, { scopes: WRITE });
    const codeOnly = await app.seed.deployToken(mine, { scopes: ['read_repository'] });
    for (const { id } of [top, closed]) {
      const paths = inGroup(id, what);
      expect(await statuses(paths, bearer(reader))).toEqual([200]);
      for (const token of [neighbour, codeOnly, world.stranger, world.fromRoot])
        expect(await statuses(paths, bearer(token))).toEqual([404]);
      for (const path of [...paths, ...inGroup(99_999, what)]) {
        const anonymous = await get(path);
        expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, CHALLENGE]);
      }
    }
    expect(await statuses(inGroup(99_999, what), bearer(reader))).toEqual([404]);
  });

  test('a wrong, expired or revoked token gets 401 and the challenge, on a public group too', async () => {
    for (const password of [`gldt-${'0'.repeat(36)}`, world.expired.secret, world.revoked.secret])
      for (const path of inGroup(world.root.id, world.there)) {
        const { status, headers } = await get(path, basic(world.reader.username, password));
        expect([path, status, headers.get('www-authenticate')]).toEqual([path, 401, CHALLENGE]);
      }
  });

  test('A286 the user name of a deploy token is checked as in a project', async () => {
    const paths = inGroup(world.root.id, world.there);
    const { username, secret } = world.fromRoot;
    expect(await statuses(paths, basic(username, secret))).toEqual([200]);
    expect(await statuses(paths, basic('other', secret))).toEqual([sample.exactUsername ? 401 : 200]);
  });

  test('A292 a project with packages disabled is left out of its group', async () => {
    const project = await app.seed.project(world.group);
    const what = { ...world.there, project: project.id, name: 'off' };
    expect((await publish(what, bearer(world.fromRoot))).ok).toBe(true);
    expect(await statuses(inGroup(world.root.id, what), bearer(world.fromRoot))).toEqual([200]);
    await app.db.updateTable('projects').set({ packages_enabled: 0 }).where('id', '=', project.id).execute();
    expect(await statuses(inGroup(world.root.id, what), bearer(world.fromRoot))).toEqual([404]);
  });

  test('A293 a server with packages disabled answers 404', async () => {
    await using off = await startApp(engine, { POSTERN_PACKAGES: 'off' });
    const group = await off.seed.group(null, { visibility: 'public' });
    const paths = [...inGroup(group.id, world.there), ...(sample.anywhere?.reads(world.there) ?? [])];
    for (const path of paths) expect([path, (await off.fetch(`/api/v4${path}`)).status]).toEqual([path, 404]);
  });

  test('groups and the instance refuse publications', async () => {
    const { path, init } = await sample.publish({ ...world.there, version: '5.0.0' });
    for (const place of [`/groups/${world.group.id}/-/packages/`, '/packages/']) {
      const there = path.replace(/^\/projects\/[^/]+\/packages\//, place);
      expect(there).not.toBe(path);
      const { status } = await ask(app, { path: there, init }, bearer(world.fromRoot));
      expect([there, [404, 405].includes(status)]).toEqual([there, true]);
    }
    expect((await get(sample.file({ ...world.there, version: '5.0.0' }), bearer(world.fromRoot))).status).toBe(404);
  });

  if (sample.anywhere) byNameAlone(sample.anywhere);

  function byNameAlone({ name, reads }: NonNullable<PackageSample['anywhere']>) {
    describe('by name on the instance', () => {
      const named = async (visibility: 'private' | 'public') => {
        const project = await app.seed.project(world.group, { visibility });
        const what = { ...world.there, project: project.id, name: name(project.full_path) };
        expect((await publish(what, bearer(world.fromRoot))).ok).toBe(true);
        return { project, what };
      };

      test('the token of the project reads, and that of a group above; others get 404', async () => {
        const { project, what } = await named('private');
        const reader = await app.seed.deployToken(project, { scopes: READ });
        const codeOnly = await app.seed.deployToken(project, { scopes: ['read_repository'] });
        expect(await statuses(reads(what), bearer(reader))).toEqual([200]);
        expect(await statuses(reads(what), bearer(world.fromRoot))).toEqual([200]);
        expect(await statuses(reads(what), bearer(world.stranger))).toEqual([404]);
        expect(await statuses(reads(what), bearer(codeOnly))).toEqual([403]);
        expect(await statuses(reads(what), { 'PRIVATE-TOKEN': world.user.token })).toEqual([404]);
        expect(await statuses(reads(what), { 'PRIVATE-TOKEN': world.developer.token })).toEqual([200]);
      });

      test('anonymous clients read public packages, and are challenged for all others, existing or not', async () => {
        const open = await named('public');
        const closed = await named('private');
        expect(await statuses(reads(open.what))).toEqual([200]);
        for (const what of [closed.what, { ...closed.what, name: `${closed.what.name}-missing` }])
          for (const path of reads(what)) {
            const { status, headers } = await get(path);
            expect([path, status, headers.get('www-authenticate')]).toEqual([path, 401, CHALLENGE]);
          }
      });

      test('an invalid token gets 401, for public packages too', async () => {
        const { what } = await named('public');
        for (const { secret } of [world.expired, world.revoked])
          expect(await statuses(reads(what), bearer({ secret }))).toEqual([401]);
      });
    });
  }
});
