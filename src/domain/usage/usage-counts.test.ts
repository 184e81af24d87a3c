import { beforeAll, describe, expect, test } from 'bun:test';
import { basic, privateToken, type TestApp } from '../../../test/support/app.ts';
import { onEachApp } from '../../../test/support/on-each-app.ts';
import { DAY } from '../../lib/clock.ts';

onEachApp('counts of use', (started) => {
  let app: TestApp;
  beforeAll(async () => {
    app = await started;
  });

  const of = async (kind: 'token' | 'project', id: number, days = 3) =>
    (await app.services.usage.lastDays(kind, [id], days)).get(id)?.map(({ requests }) => requests);

  describe('over real requests', () => {
    test('allowed requests are counted for the token and for the project, by day and protocol; refused ones are not', async () => {
      const project = await app.seed.project(await app.seed.group());
      const other = await app.seed.project(await app.seed.group());
      const token = await app.seed.deployToken(project, { scopes: ['read_repository', 'read_package_registry'] });
      const headers = basic(token.username, token.secret);
      const clone = (path: string) => app.fetch(`/${path}.git/info/refs?service=git-upload-pack`, { headers });
      for (let i = 0; i < 3; i++) expect((await clone(project.full_path)).status).toBe(200);
      expect((await clone(other.full_path)).status).toBe(401);
      await app.services.usage.flush();
      app.time.now += DAY;
      expect((await clone(project.full_path)).status).toBe(200);
      const npm = await app.fetch(`/api/v4/projects/${project.id}/packages/npm/nothing-here`, { headers });
      expect(npm.status).toBe(404);
      await app.services.usage.flush();
      const expected = [{}, { git: 3 }, { git: 1, npm: 1 }];
      expect(await of('token', token.id)).toEqual(expected);
      expect(await of('project', project.id)).toEqual(expected);
      expect(await of('project', other.id)).toEqual([{}, {}, {}]);
    });

    test('pages and the API are not counted', async () => {
      const project = await app.seed.project(await app.seed.group());
      const { token } = await app.seed.user({ admin: true });
      expect((await app.fetch(`/api/v4/projects/${project.id}`, { headers: privateToken(token) })).status).toBe(200);
      await app.services.usage.flush();
      expect(await of('project', project.id)).toEqual([{}, {}, {}]);
    });
  });

  test('the counts of several writes add up', async () => {
    const { usage } = app.services;
    for (let i = 0; i < 5; i++) {
      for (const id of [901, 900]) usage.note('project', id, i % 2 ? 'git' : 'npm');
      await usage.flush();
    }
    expect(await of('project', 900, 1)).toEqual([{ git: 2, npm: 3 }]);
    expect(await of('project', 901, 1)).toEqual([{ git: 2, npm: 3 }]);
  });

  test('counts of long ago are removed', async () => {
    const { usage } = app.services;
    usage.note('project', 904, 'git');
    await usage.flush();
    app.time.now += 100 * DAY;
    usage.note('project', 905, 'git');
    await usage.flush();
    expect(await of('project', 904, 200)).toEqual(Array.from({ length: 200 }, () => ({})));
  });
});
