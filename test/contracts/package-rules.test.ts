/**
 * Published packages do not change: duplicates, protected names, names of others, and concurrent publications.
 */
import { describe, expect, test } from 'bun:test';
import type { Project } from '../../src/domain/projects/projects.ts';
import { bearer, type Headers, onEachPackageType } from './package-samples/contract.ts';
import { ask } from './package-samples/sample.ts';

onEachPackageType('published packages', ({ sample, app, world, publish, get, fullName }) => {
  const byRole = ({ token }: { token: string }): Headers => ({ 'PRIVATE-TOKEN': token });
  const forbidDuplicates = (project: Project) =>
    app.services.packages.rules.create(project, { type: sample.type, pattern: '*', duplicates: 'forbidden' }, app.by);
  const protect = (project: Project, pattern: string, levels: { pushLevel?: number; deleteLevel?: number }) =>
    app.services.packages.rules.create(
      project,
      { type: sample.type, pattern: sample.otherSpelling?.(pattern) ?? fullName(pattern), ...levels },
      app.by,
    );
  const textOf = async (path: string, headers = bearer(world.fromRoot)) => {
    const response = await get(path, headers);
    return response.ok ? response.text() : response.status;
  };

  describe('duplicates', () => {
    test('a second publication of a file is refused by the type or by a rule of the project, and changes nothing', async () => {
      const project = await app.seed.project(world.group);
      const first = { ...world.there, project: project.id, name: 'final' };
      expect((await publish(first, bearer(world.fromRoot))).ok).toBe(true);
      if (!sample.immutable) {
        expect((await publish({ ...first, content: 'other' }, bearer(world.fromRoot))).ok).toBe(true);
        await forbidDuplicates(project);
      }
      const seen = () => Promise.all([sample.file(first), ...sample.reads(first)].map((path) => textOf(path)));
      const before = await seen();
      const last = await publish({ ...first, content: 'third' }, bearer(world.fromRoot));
      expect(last.status).toBe(sample.duplicate.status);
      expect(await last.text()).toContain(sample.duplicate.words);
      expect(await seen()).toEqual(before);
    });

    test('the same publication again, with the same bytes, changes nothing', async () => {
      const project = await app.seed.project(world.group);
      if (!sample.immutable) await forbidDuplicates(project);
      const first = { ...world.there, project: project.id, name: 'repeated' };
      expect((await publish(first, bearer(world.fromRoot))).ok).toBe(true);
      const rows = async () => {
        const found = await app.db.selectFrom('packages').selectAll().where('project_id', '=', project.id).execute();
        const ids = found.map(({ id }) => id);
        const versions = await app.db
          .selectFrom('package_versions')
          .selectAll()
          .where('package_id', 'in', ids)
          .execute();
        const ofVersions = versions.map(({ id }) => id);
        const files = app.db
          .selectFrom('package_files')
          .selectAll()
          .where('version_id', 'in', ofVersions)
          .orderBy('id');
        const events = app.db.selectFrom('audit_events').select('id').orderBy('id');
        return [found, versions, await files.execute(), await events.execute()];
      };
      const before = await rows();
      const again = await publish(first, bearer(world.fromRoot));
      expect([again.status, await rows()]).toEqual([sample.repeated, before]);
    });

    test('32 concurrent publications of different versions all succeed, and the index lists all of them', async () => {
      const project = await app.seed.project(world.group);
      const versions = Array.from({ length: 32 }, (_, i) => `1.0.${i}`);
      const busy = { ...world.there, project: project.id, name: 'busy' };
      const all = await Promise.all(versions.map((version) => publish({ ...busy, version }, bearer(world.fromRoot))));
      expect(all.map(({ ok }) => ok)).toEqual(versions.map(() => true));
      for (const version of versions)
        expect((await get(sample.file({ ...busy, version }), bearer(world.fromRoot))).status).toBe(200);
      if (!sample.index) return;
      const shown = String(await textOf(sample.index(busy)));
      expect([...new Set(shown.match(/\b1\.0\.\d+/g))].sort()).toEqual([...versions].sort());
    });

    test('of 8 concurrent publications of one version exactly one succeeds, and its file is served', async () => {
      const project = await app.seed.project(world.group);
      if (!sample.immutable) await forbidDuplicates(project);
      const same = { ...world.there, project: project.id, name: 'race' };
      const contents = Array.from({ length: 8 }, (_, i) => `content ${i}`);
      const race = await Promise.all(contents.map((content) => publish({ ...same, content }, bearer(world.fromRoot))));
      const refused = race.filter(({ ok }) => !ok).map(({ status }) => status);
      expect(refused).toEqual(Array(7).fill(sample.duplicate.status));
      const winner = contents[race.findIndex(({ ok }) => ok)] ?? '';
      expect((await get(sample.file({ ...same, content: winner }), bearer(world.fromRoot))).status).toBe(200);
    });
  });

  describe('protected names', () => {
    test('allow publications by the role that the rule requires; a token has no role', async () => {
      const project = await app.seed.project(world.group);
      const ofProject = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
      await protect(project, 'core-*', { pushLevel: 40 });
      const what = { project: project.id, name: 'core-tools' };
      for (const headers of [bearer(ofProject), bearer(world.fromRoot), byRole(world.developer)]) {
        const refused = await publish(what, headers);
        expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('Package protected.')]);
        expect((await get(sample.file({ ...world.there, ...what }), bearer(ofProject))).status).toBe(404);
      }
      expect((await publish({ ...what, name: 'score-tools' }, bearer(ofProject))).ok).toBe(true);
      expect((await publish(what, byRole(world.maintainer))).ok).toBe(true);
    });

    test('refuse a request before its body is read, where its address has the name', async () => {
      const project = await app.seed.project(world.group);
      const ofProject = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
      await protect(project, 'core', { pushLevel: 40 });
      const what = { ...world.there, project: project.id, name: 'core' };
      const all = [await sample.publish(what), ...(await sample.changes(what))];
      const named = all.filter(({ path, init }) => init.body && decodeURIComponent(path).includes(fullName('core')));
      expect(named.length).toBeGreaterThan(0);
      for (const { path, init } of named) {
        let reads = 0;
        const pull = (stream: ReadableStreamDefaultController) => {
          reads++;
          stream.close();
        };
        const body = new ReadableStream({ pull }, { highWaterMark: 0 });
        const refused = await ask(app, { path, init: { ...init, body } }, bearer(ofProject));
        expect([path, refused.status, await refused.text(), reads]).toEqual([
          path,
          403,
          expect.stringContaining('Package protected.'),
          0,
        ]);
      }
    });

    test('prevent all changes of installed packages: no token moves a tag, yanks, deprecates or adds a file', async () => {
      const project = await app.seed.project(world.group);
      const ofProject = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
      const what = { ...world.there, project: project.id, name: 'core' };
      for (const version of ['1.0.0', '1.1.0'])
        expect((await publish({ ...what, version }, bearer(ofProject))).ok).toBe(true);
      await protect(project, 'core', { pushLevel: 40 });
      const before = await Promise.all(sample.reads(what).map((path) => textOf(path)));
      const changes = await sample.changes(what);
      expect(changes.length).toBeGreaterThan(0);
      for (const headers of [bearer(ofProject), byRole(world.developer)])
        for (const change of changes) {
          const refused = await ask(app, change, headers);
          const shown = [change.path, refused.status, await refused.text()];
          // A developer is refused for the missing role where the change requires a maintainer in any case.
          const words = headers['Authorization'] ? 'Package protected.' : '';
          expect(shown).toEqual([change.path, 403, expect.stringContaining(words)]);
        }
      expect(await Promise.all(sample.reads(what).map((path) => textOf(path)))).toEqual(before);
      for (const change of changes)
        expect([change.path, (await ask(app, change, byRole(world.maintainer))).ok]).toEqual([change.path, true]);
    });

    test('allow deletions by the role that the rule requires', async () => {
      const project = await app.seed.project(world.group);
      const what = { ...world.there, project: project.id, name: 'core' };
      expect((await publish(what, bearer(world.fromRoot))).ok).toBe(true);
      await protect(project, 'core', { deleteLevel: 50 });
      const list = `/projects/${project.id}/packages`;
      const [listed] = (await (await get(list, byRole(world.maintainer))).json()) as { id: number }[];
      const remove = (headers: Record<string, string>) => get(`${list}/${listed?.id}`, headers, { method: 'DELETE' });
      const refused = await remove(byRole(world.maintainer));
      expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('Package protected.')]);
      expect((await get(sample.file(what), bearer(world.fromRoot))).status).toBe(200);
      expect((await remove(byRole(world.owner))).status).toBe(204);
      expect((await get(sample.file(what), bearer(world.fromRoot))).status).toBe(404);
    });
  });

  describe('dependency confusion', () => {
    /** At each level of addresses that the type has. */
    const everywhere = (what: Parameters<typeof sample.file>[0]) => [
      ...sample.reads(what),
      ...(sample.inGroup?.(world.root.id, what) ?? []),
      ...(sample.anywhere?.reads(what) ?? []),
    ];

    test('a missing name is 404 at each level, and never a redirect to another registry', async () => {
      for (const path of everywhere({ ...world.there, name: 'left-pad' })) {
        const answer = await get(path, bearer(world.fromRoot));
        expect([path, answer.status, answer.headers.get('location')]).toEqual([path, 404, null]);
      }
    });

    test("a stranger's package of the same name and a higher version is in nobody else's index", async () => {
      const project = await app.seed.project(world.group);
      const name = sample.anywhere?.name(project.full_path) ?? 'confused';
      const mine = { ...world.there, project: project.id, name };
      expect((await publish(mine, bearer(world.fromRoot))).ok).toBe(true);
      const theirs = { ...mine, project: world.other.id, version: '99.0.0' };
      expect((await publish(theirs, bearer(world.stranger))).ok).toBe(true);
      for (const path of everywhere(mine)) {
        const text = String(await textOf(path));
        expect([path, text.includes('99.0.0')]).toEqual([path, false]);
      }
      expect((await get(sample.file({ ...theirs, project: project.id }), bearer(world.fromRoot))).status).toBe(404);
    });
  });
});
