/**
 * The attack: a stolen deploy token publishes nothing, but points `latest` to an old version with a hole, or warns of
 * the good one: what is installed changes, and nobody can say afterwards who did it.
 */
import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { packageScene } from '../support/package-scene.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

onEachEngine('tags, deprecation and yanking', (engine) => {
  test('the audit log tells which token did it, once for each change, and nothing of what changed nothing', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group();
    const project = await app.seed.project(group);
    const owner = await app.seed.member(project, 'owner', { password: PASSWORD });
    const token = await app.seed.deployToken(group, { scopes: ['write_package_registry'] });
    const send = (method: string, path: string, body: RequestInit['body'] = null) =>
      app.fetch(`/api/v4/${path}`, { method, headers: { 'Deploy-Token': token.secret }, body });
    const base = `projects/${project.id}/packages`;
    for (const version of ['1.0.0', '1.1.0']) {
      const manifest = { name: 'core', version };
      const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
      expect((await send('PUT', `${base}/npm/core`, body)).status).toBe(200);
    }
    expect((await send('POST', `${base}/pypi`, uploadForm('core', '1.0', wheel('core', '1.0')))).status).toBe(201);

    const deprecate = (deprecated: string) =>
      JSON.stringify({ name: 'core', versions: { '1.0.0': { deprecated }, '1.1.0': { deprecated } } });
    const tag = 'npm/-/package/core/dist-tags/latest';
    const changes: [string, string, string | null][] = [
      ['PUT', `${base}/${tag}`, '"1.0.0"'],
      ['DELETE', `${base}/${tag}`, null],
      ['PUT', `groups/${group.id}/-/packages/${tag}`, '"1.1.0"'],
      ['PUT', `${base}/npm/core`, deprecate('has a hole')],
      ['PUT', `${base}/npm/core`, deprecate('has a hole')],
      ['PUT', `${base}/npm/core`, deprecate('')],
      ['PUT', `${base}/pypi/core/1.0/yank`, '{"reason": "broken"}'],
      ['PUT', `${base}/pypi/core/1.0/yank`, '{"reason": "broken"}'],
      ['DELETE', `${base}/pypi/core/1.0/yank`, null],
      ['DELETE', `${base}/pypi/core/1.0/yank`, null],
    ];
    for (const [method, path, body] of changes)
      expect([method, path, (await send(method, path, body)).ok]).toEqual([method, path, true]);
    expect((await send('PUT', `${base}/${tag}`, '"9.9.9"')).status).toBe(404);

    const events = await app.fetch(`/api/v4/projects/${project.id}/audit_events?per_page=100`, {
      headers: { 'PRIVATE-TOKEN': owner.token },
    });
    const all = ((await events.json()) as Event[]).filter(({ event_name }) => AUDITED.test(event_name)).reverse();
    const npm = { type: 'npm' };
    const both = { ...npm, versions: ['1.0.0', '1.1.0'] };
    const pypi = { type: 'pypi', versions: ['1.0'] };
    expect(all.map(({ event_name, details }) => [event_name.replace(AUDITED, ''), details])).toMatchObject([
      ['tag_set', { ...npm, tag: 'latest', from: '1.1.0', to: '1.0.0' }],
      ['tag_removed', { ...npm, tag: 'latest', from: '1.0.0' }],
      ['tag_set', { ...npm, tag: 'latest', from: null, to: '1.1.0' }],
      ['deprecated', { ...both, reason: 'has a hole' }],
      ['undeprecated', both],
      ['yanked', { ...pypi, reason: 'broken' }],
      ['unyanked', pypi],
    ]);
    for (const { details } of all)
      expect(details).toMatchObject({ author_class: 'DeployToken', deploy_token_id: token.id, target_details: 'core' });
    const { signIn, get } = pagesOf(app);
    const { cookie: Cookie } = await signIn(owner.username);
    const words = await (await get(`/${project.full_path}/-/audit_events`, { Cookie })).text();
    expect(words).toContain('set the tag latest of the npm package “core” to 1.0.0, from 1.1.0');
    expect(words).toContain('yanked 1.0 of the pypi package “core”: broken');
  });

  test('an event of very many versions that were deprecated names some of them, and how many they are', async () => {
    await using scene = await packageScene(engine);
    const { app, project, send } = scene;
    expect((await scene.publishNpm({ name: 'core', version: '0.0.0' })).ok).toBe(true);
    const { id: _, ...row } = await app.db.selectFrom('package_versions').selectAll().executeTakeFirstOrThrow();
    const others = Array.from({ length: 24 }, (_each, i) => `0.0.${i + 1}`);
    await app.db
      .insertInto('package_versions')
      .values(others.map((version) => ({ ...row, version })))
      .execute();
    const versions = Object.fromEntries(['0.0.0', ...others].map((each) => [each, { deprecated: 'old' }]));
    expect((await send('PUT', 'npm/core', JSON.stringify({ versions }))).ok).toBe(true);
    const owner = await app.seed.member(project, 'owner', { password: PASSWORD });
    const events = await app.fetch(`/api/v4/projects/${project.id}/audit_events`, {
      headers: { 'PRIVATE-TOKEN': owner.token },
    });
    const [event] = ((await events.json()) as Event[]).filter(({ event_name }) => AUDITED.test(event_name));
    expect(event?.details).toMatchObject({ versions: ['0.0.0', ...others.slice(0, 19)], count: 25, reason: 'old' });
    const { signIn, get } = pagesOf(app);
    const { cookie: Cookie } = await signIn(owner.username);
    const words = await (await get(`/${project.full_path}/-/audit_events`, { Cookie })).text();
    expect(words).toContain('0.0.18, 0.0.19 and 5 more of the npm package “core”: old');
  });
});

const AUDITED = /^package_registry_package_(?=tag_|(un)?(deprecated|yanked))/;

interface Event {
  event_name: string;
  details: Record<string, unknown>;
}
