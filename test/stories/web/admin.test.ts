import { expect } from 'bun:test';
import { expectAccessible, expectNoOverflow, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { authorised } from '../../support/confirmed.ts';
import { inDays } from '../../support/in-days.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

const PAGES = ['/admin/users', '/admin/users/root', '/admin/deploy_tokens', '/admin/health_check', '/admin/audit_logs'];

onOneServer('the pages of administrators, and the audit log', (started, engine) => {
  const story = inBrowser();

  for (const script of [true, false])
    story(`an administrator makes, blocks and unblocks a user, ${script ? 'with' : 'without'} a script`, async () => {
      const server = await started;
      const name = `menabrea${script ? 1 : 2}`;
      await using visitor = await openVisitor(server.url, { javaScriptEnabled: script });
      const { page } = visitor;
      await visitor.signIn('root', PASSWORD);
      await page.goto('/');
      await page.getByRole('link', { name: 'Admin', exact: true }).click();
      await page.getByRole('heading', { name: 'New user' }).click();
      await page.getByLabel('User name').fill('root');
      await page.getByLabel('E-mail').fill(`${name}@example.com`);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create user' }).click();
      await page.getByText('Username has already been taken').waitFor();
      expect(await page.getByLabel('E-mail').inputValue()).toBe(`${name}@example.com`);
      await page.getByLabel('User name').fill(name);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Create user' }).click();
      await page.waitForURL(`**/admin/users/${name}?done=created`);

      await page.getByRole('heading', { name: 'Reset password' }).click();
      await page.getByLabel('New password').fill('another horse battery');
      await page.getByRole('button', { name: 'Set password' }).click();
      await page.getByText('Password changed. All sessions of this user were ended.').waitFor();
      await using theirs = await openVisitor(server.url);
      await theirs.signIn(name, 'another horse battery');

      await page.getByRole('button', { name: 'Make an administrator' }).first().click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make an administrator' }).click();
      await page.getByText('administrator', { exact: true }).waitFor();
      await theirs.page.goto('/admin/users/root');
      await theirs.page.getByRole('heading', { name: 'root' }).waitFor();
      await page.getByRole('button', { name: 'Remove administrator rights' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove rights' }).click();
      await page.getByRole('button', { name: 'Make an administrator' }).first().waitFor();
      expect((await theirs.page.goto('/admin/users/root'))?.status()).toBe(403);

      await page
        .getByRole('button', { name: `Block ${name}` })
        .first()
        .click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `Block ${name}` })
        .click();
      await page.getByText('blocked', { exact: true }).waitFor();
      await theirs.page.goto('/');
      expect(new URL(theirs.page.url()).pathname).toBe('/users/sign_in');
      await page.goto(`/admin/users?search=${name}&state=blocked`);
      await page.getByRole('link', { name }).click();
      await page.getByRole('button', { name: `Unblock ${name}` }).click();
      await page
        .getByRole('button', { name: `Block ${name}` })
        .first()
        .waitFor();
      visitor.expectNoComplaints();
    });

  story('all deploy tokens of the server are found by what is wrong with them', async () => {
    const server = await started;
    const { seed, services } = server;
    const group = await seed.group();
    const project = await seed.project(group);
    const soon = inDays(5);
    await seed.deployToken(project, { name: 'endless', scopes: ['read_registry'] });
    await seed.deployToken(group, { name: 'ends soon', scopes: ['read_package_registry'], expiresAt: soon });
    const maker = await seed.user({ username: 'maker' });
    const by = { kind: 'user', id: maker.id, name: maker.username, ip: '192.0.2.9', requestId: null } as const;
    const place = { kind: 'project', id: project.id, path: project.full_path } as const;
    const wanted = { name: 'busy', username: 'busy-bot', scopes: ['read_repository'] };
    const { token: used } = await services.deployTokens.create(place, wanted, authorised(by));
    services.deployTokens.usage.note(used.id, { ip: '192.0.2.1', protocol: 'git' });
    await services.deployTokens.usage.flush();
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn('root', PASSWORD);
    const named = async (query: string) => {
      await page.goto(`/admin/deploy_tokens?${query}`);
      return page.getByRole('rowheader').allInnerTexts();
    };
    expect(await named('sort=name')).toEqual(['busy', 'endless', 'ends soon']);
    expect(await named('state=unused&sort=name')).toEqual(['endless', 'ends soon']);
    expect(await named('state=soon')).toEqual(['ends soon']);
    expect(await named('state=endless&sort=name')).toEqual(['busy', 'endless']);
    expect(await named('scope=read_registry')).toEqual(['endless']);
    expect(await named('search=BUS')).toEqual(['busy']);
    const row = await page.getByRole('row').last().innerText();
    expect([row.includes('busy-bot'), row.includes('by maker')]).toEqual([true, true]);
    await page.getByRole('link', { name: project.full_path }).click();
    await page.getByRole('rowheader', { name: 'endless' }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'busy', exact: true }).click();
    await page.getByRole('heading', { name: 'busy' }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/${project.full_path}/-/deploy_tokens/${used.id}`);
    visitor.expectNoComplaints();
  });

  story('the log of a project tells its owner in sentences who did what, and can be searched', async () => {
    const server = await started;
    const { seed, services } = server;
    const group = await seed.group();
    const project = await seed.project(group);
    const owner = await seed.member(project, 'owner', { password: PASSWORD });
    const by = { kind: 'user', id: owner.id, name: owner.username, ip: '192.0.2.9', requestId: null } as const;
    await services.deployTokens.create(
      { kind: 'project', id: project.id, path: project.full_path },
      { name: '<i>ci</i>', scopes: ['read_repository'] },
      authorised(by),
    );
    await using visitor = await openVisitor(server.url, { viewport: PHONE });
    const { page } = visitor;
    await visitor.signIn(owner.username, PASSWORD);
    await page.goto(`/${project.full_path}/-/audit_events`);
    await expectAccessible(page);
    await expectNoOverflow(page);
    const shown = () => page.getByRole('rowheader').allInnerTexts();
    expect(await shown()).toEqual([
      `${owner.username} created the deploy token “<i>ci</i>” (read_repository)`,
      `Postern itself made ${owner.username} a member, as owner`,
      'Postern itself created the project, private',
    ]);
    await page.getByLabel('Event type').selectOption('Members');
    await page.getByRole('button', { name: 'Filter' }).click();
    await page.waitForURL('**kind=members**');
    expect(await shown()).toEqual([`Postern itself made ${owner.username} a member, as owner`]);
    await page.goto(`/${project.full_path}/-/audit_events?who=${owner.username}&from=2020-01-01&to=2999-01-01`);
    expect(await shown()).toHaveLength(1);
    await page.goto(`/${project.full_path}/-/audit_events?to=2020-01-01`);
    await page.getByText('Nothing was found').waitFor();
    // An owner does not get administrator pages.
    for (const path of PAGES) expect([path, (await page.goto(path))?.status()]).toEqual([path, 403]);
    expect((await page.goto(`/groups/${group.full_path}/-/audit_events`))?.status()).toBe(404);
    visitor.expectNoComplaints();
  });

  story('every page of administrators can be read by all, on a phone too', async () => {
    const server = await started;
    const group = await server.seed.group();
    await server.seed.deployToken(group, { name: 'a-name-of-more-than-forty-letters-without-a-space-in-it' });
    await using visitor = await openVisitor(server.url, { viewport: PHONE });
    const { page } = visitor;
    await visitor.signIn('root', PASSWORD);
    for (const path of [...PAGES, `/admin/audit_logs?where=${group.full_path}`]) {
      await page.goto(path);
      await expectAccessible(page);
      await expectNoOverflow(page);
    }
    await page.goto('/admin/health_check');
    const rowsOf = (name: string) => page.getByRole('table', { name }).getByRole('rowheader').allInnerTexts();
    expect(await rowsOf('Checks')).toEqual(['git', 'data folder', 'secret key', 'database', 'clock']);
    expect(await rowsOf('Tasks')).toContain('collect-garbage');
    await page.getByText(`The database (${engine}) is reachable and up to date.`).waitFor();
    visitor.expectNoComplaints();
  });
});
