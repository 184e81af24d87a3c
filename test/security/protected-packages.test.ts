/**
 * The attack: a name is protected, so that a stolen deploy token cannot publish under it. It publishes nothing, but
 * points `latest` to an old version with a hole, or marks the good one as deprecated or yanked. (CVE-2026-1747 GitLab:
 * protected packages overwritten.)
 */
import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

/** Which plug-in a word of `mvn` calls. */
const PLUGIN = '<plugin><name>Core</name><prefix>core</prefix><artifactId>core-maven-plugin</artifactId></plugin>';

onEachEngine('protected packages', (engine) => {
  test("a token can't change the installable versions of a protected name by tags, deprecation or yanking", async () => {
    await using app = await startApp(engine);
    const project = await app.seed.project(await app.seed.group());
    const maintainer = await app.seed.member(project, 'maintainer');
    const token = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const base = `/api/v4/projects/${project.id}/packages`;
    const send = (headers: Record<string, string>, method: string, path: string, body: RequestInit['body'] = null) =>
      app.fetch(`${base}/${path}`, { method, headers, body });
    const byToken = { 'Deploy-Token': token.secret };
    const byMaintainer = { 'PRIVATE-TOKEN': maintainer.token };

    for (const version of ['1.0.0', '1.1.0']) {
      const manifest = { name: 'core', version };
      const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
      expect((await send(byToken, 'PUT', 'npm/core', body)).status).toBe(200);
    }
    const form = uploadForm('core', '1.0', wheel('core', '1.0'));
    expect((await send(byToken, 'POST', 'pypi', form)).status).toBe(201);
    for (const type of ['npm', 'pypi'])
      await app.services.packages.rules.create(project, { type, pattern: 'core*', pushLevel: 40 }, app.by);

    await app.services.packages.rules.create(project, { type: 'maven', pattern: 'com/core*', pushLevel: 40 }, app.by);

    const packument = (await (await send(byToken, 'GET', 'npm/core')).json()) as {
      versions: Record<string, Record<string, unknown>>;
    };
    const { '1.1.0': good } = packument.versions;
    const deprecated = { ...packument, versions: { '1.1.0': { ...good, deprecated: 'take 1.0.0' } } };
    const changes: [string, string, string?][] = [
      ['PUT', 'npm/-/package/core/dist-tags/latest', '"1.0.0"'],
      ['DELETE', 'npm/-/package/core/dist-tags/latest'],
      ['PUT', 'npm/core', JSON.stringify(deprecated)],
      ['PUT', 'pypi/core/1.0/yank'],
      ['PUT', 'maven/com/core/maven-metadata.xml', `<metadata><plugins>${PLUGIN}</plugins></metadata>`],
    ];
    for (const [method, path, body = null] of changes) {
      const refused = await send(byToken, method, path, body);
      expect([path, refused.status, await refused.text()]).toEqual([
        path,
        403,
        expect.stringContaining('Package protected.'),
      ]);
    }
    expect(await (await send(byToken, 'GET', 'npm/core')).json()).toEqual(packument);
    for (const [method, path, body = null] of changes)
      expect([path, (await send(byMaintainer, method, path, body)).ok]).toEqual([path, true]);
  });
});
