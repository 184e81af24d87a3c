import { expect, test } from 'bun:test';
import { ROLES, type Role } from '../../../src/domain/members/roles.ts';
import { startApp, type TestApp } from '../../support/app.ts';
import { onEachEngine } from '../../support/engines.ts';
import { createRegistryClient } from '../../support/registry.ts';
import { PASSWORD } from '../../support/seed.ts';
import { pagesOf } from '../../support/signed-in.ts';

onEachEngine('lists on pages', (engine) => {
  test('a search keeps the order of the list, and pages keep both but not what was just done', async () => {
    await using app = await startApp(engine);
    const { get, Cookie, project } = await scene(app, 'maintainer');
    const token = await app.seed.deployToken(project, { scopes: ['write_registry', 'write_package_registry'] });
    const registry = createRegistryClient(app);
    for (let i = 10; i < 35; i++) {
      const headers = await registry.signIn(token, `repository:a/b/app${i}:push`);
      await registry.pushBlob(headers, `a/b/app${i}`, `app ${i}`);
      const headersOfFile = { 'Deploy-Token': token.secret };
      const path = `/api/v4/projects/${project.id}/packages/generic/app${i}/1.0/file`;
      expect((await app.fetch(path, { method: 'PUT', headers: headersOfFile, body: 'x' })).status).toBe(201);
    }
    for (const page of ['/a/b/container_registry', '/groups/a/-/container_registries', '/a/b/-/packages']) {
      const text = await (await get(`${page}?search=app&sort=-name&deleted=999`, { Cookie })).text();
      expect([page, text.includes('<input type="hidden" name="sort" value="-name"/>')]).toEqual([page, true]);
      expect([page, hrefsOf(text, 'rel="next"')]).toEqual([page, ['?search=app&sort=-name&page=2']]);
      const second = await (await get(`${page}?search=app&sort=-name&page=2`, { Cookie })).text();
      expect([page, second.includes('app10'), second.includes('app34')]).toEqual([page, true, false]);
    }
  });

  test('the page that comes back from a form that was refused leads on as if it had been asked for', async () => {
    await using app = await startApp(engine);
    const { get, post, Cookie, token, project } = await scene(app, 'maintainer');
    for (let i = 0; i < 60; i++) await app.seed.member(project, 'guest');
    const page = '/a/b/-/project_members';
    const fields = { authenticity_token: token, access_level: String(ROLES.guest), username: 'nobody' };
    const refused = await post(page, fields, { Cookie });
    expect(refused.status).toBe(422);
    const text = await refused.text();
    expect(hrefsOf(text, 'rel="next"')).toEqual([`${page}?page=2`]);
    expect(text).toContain(`<form class="search" method="get" action="${page}">`);

    const settings = '/a/b/-/settings/repository';
    const nameless = await post(`${settings}/deploy_token/create?sort=name`, { authenticity_token: token }, { Cookie });
    expect(nameless.status).toBe(422);
    const links = hrefsOf(await nameless.text(), '').filter((href) => href.includes('sort='));
    expect(links.every((href) => href.startsWith(`${settings}?`))).toBe(true);
    const asked = await get(page, { Cookie });
    expect(hrefsOf(await asked.text(), 'rel="next"')).toEqual(['?page=2']);
  });

  test('empty lists name a contact to users who may not push, and the commands to users who may', async () => {
    for (const [role, may] of [
      ['reporter', false],
      ['developer', true],
    ] as const) {
      await using app = await startApp(engine);
      const { get, Cookie } = await scene(app, role);
      for (const [page, command] of [
        ['/a/b/container_registry', 'docker push'],
        ['/a/b/-/packages', 'DEPLOY_TOKEN'],
      ] as const) {
        const text = await (await get(page, { Cookie })).text();
        expect([page, role, text.includes(command), text.includes('ask a maintainer')]).toEqual([
          page,
          role,
          may,
          !may,
        ]);
      }
    }
  });
});

/** Someone with a role in the project `a/b`, signed in. */
async function scene(app: TestApp, role: Role) {
  const pages = pagesOf(app);
  const group = await app.seed.group(null, { path: 'a' });
  const project = await app.seed.project(group, { path: 'b' });
  await app.seed.member(group, role, { username: 'ada', password: PASSWORD });
  const { cookie: Cookie, token } = await pages.signIn('ada');
  return { ...pages, project, Cookie, token };
}

/** Where the links lead that have this attribute. */
const hrefsOf = (html: string, attribute: string): string[] =>
  [...html.matchAll(/<a [^>]*>/g)]
    .map(([tag]) => tag)
    .filter((tag) => tag.includes(attribute))
    .map((tag) => (/href="([^"]*)"/.exec(tag)?.[1] ?? '').replaceAll('&amp;', '&'));
