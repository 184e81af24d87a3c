import { beforeAll, expect, test } from 'bun:test';
import { type Answer, apiClient, type Json } from '../../test/support/api-client.ts';
import { startApp, type TestApp } from '../../test/support/app.ts';
import { npmTarball, publication } from '../../test/support/npm-tarball.ts';
import { onEachApp } from '../../test/support/on-each-app.ts';
import { uploadForm, wheel } from '../../test/support/wheel.ts';

const namesOf = (answer: Answer) => answer.rows.map((row: Json) => `${row.name}/${row.version}`);

onEachApp('the API of packages', (started, engine) => {
  let app: TestApp;
  let world: Awaited<ReturnType<typeof createWorld>>;
  beforeAll(async () => {
    app = await started;
    world = await createWorld(app);
  });

  const list = (query = '') => world.reporter.get(`${world.packages}${query}`);
  const find = async (name: string, version: string) => {
    const { rows } = await world.maintainer.get(`${world.packages}?package_name=${name}&package_version=${version}`);
    return rows[0] as Json;
  };

  test('a project lists its packages, a row for each version, hidden ones only when asked for', async () => {
    const all = await list();
    expect([all.status, all.headers.get('x-total')]).toEqual([200, '4']);
    expect(namesOf(all)).toEqual(['tool/1.0', 'tool/2.0', '@s/lib/1.0.0', '@s/lib/1.1.0-rc.1']);
    expect(namesOf(await list('?status=hidden'))).toEqual(['secret/1.0']);
    expect(namesOf(await list('?status=processing'))).toEqual([]);
  });

  test('lists are filtered, sorted and paged', async () => {
    expect(namesOf(await list('?package_type=npm'))).toEqual(['@s/lib/1.0.0', '@s/lib/1.1.0-rc.1']);
    expect(namesOf(await list('?package_type=conan'))).toEqual([]);
    expect(namesOf(await list('?package_name=OO&sort=desc'))).toEqual(['tool/2.0', 'tool/1.0']);
    expect(namesOf(await list('?package_name=%25'))).toEqual([]);
    expect(namesOf(await list('?package_version=2.0&include_versionless=true'))).toEqual(['tool/2.0']);
    expect(namesOf(await list('?order_by=version&sort=desc'))[0]).toBe('tool/2.0');
    const page = await list('?order_by=name&per_page=2&page=2');
    expect(namesOf(page)).toEqual(['tool/1.0', 'tool/2.0']);
    expect(page.headers.get('link')).toContain('rel="prev"');
    for (const query of ['?order_by=size', '?sort=up', '?package_type=floppy', '?status=new'])
      expect((await list(query)).body.error).toEndWith('does not have a valid value');
  });

  test('a package is shown as GitLab shows it, with a link for deletion to who may', async () => {
    const seen = await find('lib', '1.0.0');
    expect(seen).toEqual({
      id: seen.id,
      name: '@s/lib',
      version: '1.0.0',
      package_type: 'npm',
      status: 'default',
      _links: {
        web_path: `/${world.project.full_path}/-/packages/${seen.id}`,
        delete_api_path: `http://postern.test/api/v4/projects/${world.project.id}/packages/${seen.id}`,
      },
      created_at: '2026-03-01T12:00:00.000Z',
      last_downloaded_at: null,
      creator_id: null,
      project_id: world.project.id,
      project_path: world.project.full_path,
      tags: [{ package_id: seen.id, name: 'latest' }],
      pipelines: [],
    });
    const one = await world.reporter.get(`${world.packages}/${seen.id}`);
    expect(one.body._links).toEqual({ web_path: seen._links.web_path });
    const [other] = one.body.versions;
    expect(other).toEqual({
      id: other.id,
      version: '1.1.0-rc.1',
      created_at: seen.created_at,
      pipelines: [],
      tags: [{ package_id: other.id, name: 'next' }],
    });
    expect(await world.reporter.get(`${world.packages}/${seen.id}/pipelines`)).toMatchObject({ status: 200, rows: [] });
  });

  test('its files are listed with their digests, and downloaded', async () => {
    const { id } = await find('tool', '1.0');
    const files = await world.reporter.get(`${world.packages}/${id}/package_files`);
    expect(files.rows.map(({ file_name, size }: Json) => [file_name, size])).toEqual([
      ['a.bin', 5],
      ['sub/b.bin', 5],
    ]);
    expect(files.rows[0]).toMatchObject({ package_id: id, file_md5: null, pipelines: [] });
    const path = `${world.packages}/${id}/package_files/${files.rows[1].id}/download`;
    const download = await app.fetch(`/api/v4${path}`, { headers: { 'PRIVATE-TOKEN': world.reporterToken } });
    expect(await download.text()).toBe('bytes');
    expect(download.headers.get('content-disposition')).toContain('filename="b.bin"');
    expect((await world.reporter.get(`${world.packages}/${id}/package_files/99999/download`)).status).toBe(404);
  });

  test('the last download is kept, one write for however many there were', async () => {
    const path = `/api/v4/projects/${world.project.id}/packages/generic/tool/2.0/a.bin`;
    for (let i = 0; i < 3; i++) await app.fetch(path, { headers: { 'Deploy-Token': world.token.secret } });
    expect((await find('tool', '2.0')).last_downloaded_at).toBeNull();
    await app.services.packages.downloads.flush();
    expect((await find('tool', '2.0')).last_downloaded_at).toBe('2026-03-01T12:00:00.000Z');
  });

  test('a group lists what is below it and may be read, by who asks', async () => {
    const query = '?package_name=shared&order_by=project_path&sort=desc';
    const paths = (answer: Answer) => answer.rows.map((row: Json) => row.project_path);
    const open = world.openProject;
    const closed = world.closedProject;
    const off = world.offProject;
    const sub = `/groups/${world.sub.id}/packages`;
    const top = `/groups/${world.top.id}/packages`;
    expect(paths(await world.owner.get(`${top}${query}`))).toEqual([closed.full_path, open.full_path]);
    expect(paths(await world.owner.get(`${top}${query}&exclude_subgroups=true`))).toEqual([]);
    expect(paths(await world.owner.get(`${sub}${query}&exclude_subgroups=true`))).toHaveLength(2);
    expect(paths(await world.guest.get(`${top}${query}`))).toEqual([open.full_path]);
    expect(paths(await world.nobody.get(`${top}${query}`))).toEqual([open.full_path]);
    expect((await world.owner.get(`/projects/${off.id}/packages`)).status).toBe(403);
  });

  test('a deploy token is for the registries: the API refuses it', async () => {
    for (const headers of [
      { 'Deploy-Token': world.token.secret },
      { Authorization: `Bearer ${world.token.secret}` },
      { 'PRIVATE-TOKEN': world.token.secret },
    ]) {
      const response = await app.fetch(`/api/v4${world.packages}`, { headers });
      expect(response.status).toBe(401);
      await response.arrayBuffer();
    }
  });

  test('objects of another project are not found', async () => {
    const { id } = await find('tool', '1.0');
    const elsewhere = `/projects/${world.openProject.id}/packages/${id}`;
    for (const path of [elsewhere, `${elsewhere}/package_files`, `${elsewhere}/pipelines`])
      expect((await world.owner.get(path)).status).toBe(404);
    expect((await world.owner.delete(elsewhere)).status).toBe(404);
    expect(await find('tool', '1.0')).toMatchObject({ id });
    // Nor is a file of it under the number of a package of one's own, be it in the same project.
    const files = `${world.packages}/${id}/package_files`;
    const before = (await world.owner.get(files)).rows;
    const [open] = (await world.owner.get(`/projects/${world.openProject.id}/packages`)).rows;
    const lib = await find('lib', '1.0.0');
    for (const own of [`/projects/${world.openProject.id}/packages/${open.id}`, `${world.packages}/${lib.id}`])
      expect([own, (await world.owner.delete(`${own}/package_files/${before[0].id}`)).status]).toEqual([own, 404]);
    expect((await world.owner.get(files)).rows).toEqual(before);
  });

  test('deleting a version takes it out of what clients read, and both are in the audit log', async () => {
    const { project, token, packument } = world;
    const seen = await find('lib', '1.1.0-rc.1');
    expect((await world.developer.delete(`${world.packages}/${seen.id}`)).status).toBe(403);
    expect(Object.keys((await packument()).versions)).toHaveLength(2);
    expect((await world.maintainer.delete(`${world.packages}/${seen.id}`)).status).toBe(204);
    expect((await world.maintainer.delete(`${world.packages}/${seen.id}`)).status).toBe(404);
    expect(await packument()).toMatchObject({ 'dist-tags': { latest: '1.0.0' }, versions: { '1.0.0': {} } });
    expect(Object.keys((await packument()).versions)).toEqual(['1.0.0']);

    const events = await world.owner.get(`/projects/${project.id}/audit_events?per_page=100`);
    const about = events.rows.filter((event: Json) => event.details.target_details === '@s/lib/1.1.0-rc.1');
    expect(
      about.map(({ event_name, details }: Json) => [event_name, details.author_class, details.author_name]),
    ).toEqual([
      ['package_registry_package_deleted', 'User', world.maintainerName],
      ['package_registry_package_published', 'DeployToken', token.name],
    ]);
    // Another token may have the same name.
    expect(about.map(({ details }: Json) => details.deploy_token_id)).toEqual([undefined, token.id]);
  });

  test('deleting files one by one takes the version with the last', async () => {
    const { id } = await find('tool', '1.0');
    const files = `${world.packages}/${id}/package_files`;
    const [first, second] = (await world.maintainer.get(files)).rows;
    expect((await world.developer.delete(`${files}/${first.id}`)).status).toBe(403);
    expect((await world.maintainer.delete(`${files}/${first.id}`)).status).toBe(204);
    expect((await world.maintainer.delete(`${files}/${first.id}`)).status).toBe(404);
    const gone = await app.fetch(`/api/v4/projects/${world.project.id}/packages/generic/tool/1.0/a.bin`, {
      headers: { 'Deploy-Token': world.token.secret },
    });
    expect(gone.status).toBe(404);
    expect((await world.maintainer.get(files)).rows).toHaveLength(1);
    expect((await world.maintainer.delete(`${files}/${second.id}`)).status).toBe(204);
    expect((await world.maintainer.get(`${world.packages}/${id}`)).status).toBe(404);
    const { rows } = await world.owner.get(`/projects/${world.project.id}/audit_events?per_page=3`);
    expect(rows.map((event: Json) => [event.event_name, event.details.target_details])).toEqual([
      ['package_registry_package_deleted', 'tool/1.0'],
      ['package_registry_package_file_deleted', 'tool/1.0/sub/b.bin'],
      ['package_registry_package_file_deleted', 'tool/1.0/a.bin'],
    ]);
  });

  test('a deprecated and a yanked version have these statuses and the reason of their publisher', async () => {
    const project = await app.seed.project(await app.seed.group());
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const owner = apiClient(app, (await app.seed.member(project, 'owner')).token);
    const send = async (method: string, path: string, body: RequestInit['body']) => {
      const headers = { Authorization: `Bearer ${secret}`, 'npm-command': method === 'PUT' ? 'deprecate' : '' };
      const answer = await app.fetch(`/api/v4/projects/${project.id}/packages/${path}`, { method, headers, body });
      expect([path, answer.ok]).toEqual([path, true]);
    };
    for (const version of ['1.0.0', '2.0.0']) {
      const manifest = { name: 'old', version };
      const document = publication(manifest, await npmTarball(manifest));
      const headers = { Authorization: `Bearer ${secret}` };
      const path = `/api/v4/projects/${project.id}/packages/npm/old`;
      const answer = await app.fetch(path, { method: 'PUT', headers, body: JSON.stringify(document) });
      expect(answer.status).toBe(200);
    }
    for (const version of ['1.0', '2.0'])
      await send('POST', 'pypi', uploadForm('torn', version, wheel('torn', version)));
    const deprecated = JSON.stringify({ name: 'old', versions: { '1.0.0': { deprecated: 'use 2.0.0' } } });
    await send('PUT', 'npm/old', deprecated);
    await send('PUT', 'pypi/torn/1.0/yank', '{}');
    const packages = `/projects/${project.id}/packages`;
    const statuses = async (query: string) =>
      (await owner.get(`${packages}?${query}`)).rows.map((row: Json) => `${row.name} ${row.version} ${row.status}`);
    const marked = ['old 1.0.0 deprecated', 'torn 1.0 yanked'];
    const unmarked = ['old 2.0.0 default', 'torn 2.0 default'];
    expect((await statuses('order_by=name')).sort()).toEqual([...unmarked, ...marked].sort());
    expect((await statuses('status=default')).sort()).toEqual(unmarked);
    expect(await statuses('status=deprecated')).toEqual(['old 1.0.0 deprecated']);
    expect(await statuses('status=yanked')).toEqual(['torn 1.0 yanked']);
    const { rows } = await owner.get(packages);
    const reasonOf = async (version: string) => {
      const { id } = rows.find((row: Json) => row.version === version) as Json;
      return (await owner.get(`${packages}/${id}`)).body.status_reason;
    };
    expect([await reasonOf('1.0.0'), await reasonOf('1.0'), await reasonOf('2.0.0')]).toEqual([
      'use 2.0.0',
      null,
      null,
    ]);
    await send('PUT', 'npm/old', JSON.stringify({ name: 'old', versions: { '1.0.0': { deprecated: '' } } }));
    expect(await statuses('status=deprecated')).toEqual([]);
  });

  test('where packages are switched off for the server there is no such API', async () => {
    await using off = await startApp(engine, { POSTERN_PACKAGES: 'off' });
    const api = apiClient(off, (await off.seed.user({ admin: true })).token);
    const project = await off.seed.project(await off.seed.group());
    for (const path of ['packages', 'packages/1', 'packages/protection/rules'])
      expect((await api.get(`/projects/${project.id}/${path}`)).status).toBe(404);
  });
});

async function createWorld(app: TestApp) {
  const { seed } = app;
  const top = await seed.group(null, { visibility: 'public' });
  const sub = await seed.group(top, { visibility: 'public' });
  const project = await seed.project(top);
  const openProject = await seed.project(sub, { visibility: 'public' });
  const closedProject = await seed.project(sub);
  const offProject = await seed.project(sub);
  const token = await seed.deployToken(top, { scopes: ['write_package_registry'], name: 'publisher' });
  const headers = { 'Deploy-Token': token.secret };

  const put = async (path: string, body: string, more = {}) => {
    const response = await app.fetch(`/api/v4/projects/${path}`, {
      method: 'PUT',
      headers: { ...headers, ...more },
      body,
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const generic = (id: number, rest: string) => put(`${id}/packages/generic/${rest}`, 'bytes');
  const npm = async (version: string, tag: string) => {
    const manifest = { name: '@s/lib', version };
    const body = { ...publication(manifest, await npmTarball(manifest)), 'dist-tags': { [tag]: version } };
    await put(`${project.id}/packages/npm/@s%2flib`, JSON.stringify(body), { 'Content-Type': 'application/json' });
  };
  for (const file of ['tool/1.0/a.bin', 'tool/1.0/sub/b.bin', 'tool/2.0/a.bin', 'secret/1.0/a.bin?status=hidden'])
    await generic(project.id, file);
  await npm('1.0.0', 'latest');
  await npm('1.1.0-rc.1', 'next');
  for (const { id } of [openProject, closedProject, offProject]) await generic(id, 'shared/1.0/a.bin');
  await app.db.updateTable('projects').set({ packages_enabled: 0 }).where('id', '=', offProject.id).execute();

  const reporter = await seed.member(project, 'reporter');
  const maintainer = await seed.member(project, 'maintainer');
  return {
    top,
    sub,
    project,
    openProject,
    closedProject,
    offProject,
    token,
    packages: `/projects/${project.id}/packages`,
    reporterToken: reporter.token,
    maintainerName: maintainer.username,
    reporter: apiClient(app, reporter.token),
    maintainer: apiClient(app, maintainer.token),
    developer: apiClient(app, (await seed.member(project, 'developer')).token),
    guest: apiClient(app, (await seed.member(top, 'guest')).token),
    owner: apiClient(app, (await seed.member(top, 'owner')).token),
    nobody: apiClient(app),
    packument: async (): Promise<Json> =>
      (await app.fetch(`/api/v4/projects/${project.id}/packages/npm/@s%2flib`, { headers })).json(),
  };
}
