import { expect } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { expectAccessible, expectNoOverflow, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { thrown } from '../../support/rejection.ts';
import { PASSWORD } from '../../support/seed.ts';

onOneServer('the pages of members', (started) => {
  const story = inBrowser();

  /** A group with a project in it, an owner of the group, and a maintainer of the project. */
  async function company() {
    const server = await started;
    const { seed, services } = server;
    const group = await seed.group();
    const project = await seed.project(group);
    const owner = await seed.member(group, 'owner', { password: PASSWORD });
    const maintainer = await seed.member(project, 'maintainer', { password: PASSWORD });
    return { server, seed, services, group, project, owner, maintainer };
  }

  for (const script of [true, false])
    story(`a maintainer adds, changes and removes a member, ${script ? 'with' : 'without'} a script`, async () => {
      const { server, seed, services, project, owner, maintainer } = await company();
      const guest = await seed.user();
      await using visitor = await openVisitor(server.url, { javaScriptEnabled: script });
      const { page } = visitor;
      await visitor.signIn(maintainer.username, PASSWORD);
      await page.goto(`/${project.full_path}`);
      await page.getByRole('link', { name: 'Members' }).click();
      await page.waitForURL(`**/${project.full_path}/-/project_members`);
      const above = page.getByRole('table', { name: 'Inherited members' });
      expect(await above.getByRole('rowheader').allInnerTexts()).toEqual([owner.username]);
      expect(await page.getByLabel('Role', { exact: true }).locator('option').allInnerTexts()).not.toContain('Owner');

      await page.getByLabel('User name').fill('nobody-at-all');
      await page.getByLabel('Role', { exact: true }).first().selectOption('Reporter');
      await page.getByRole('button', { name: 'Add member' }).click();
      await page.getByText('There is no user named nobody-at-all').waitFor();
      expect(await page.getByLabel('Role', { exact: true }).first().inputValue()).toBe('20');
      await page.getByLabel('User name').fill(`@${guest.username}`);
      await page.getByRole('button', { name: 'Add member' }).click();
      await page.getByText(`${guest.username} was added: Reporter.`).waitFor();

      // The confirmation of a row is a page of its own; with a script it is a dialog over the list.
      const [link, question] = script ? (['button', 'dialog'] as const) : (['link', 'region'] as const);
      await page.getByRole(link, { name: `Change the role of ${guest.username}` }).click();
      const dialog = page.getByRole(question, { name: `Role of ${guest.username}` });
      await dialog.getByLabel('Role').selectOption('Developer');
      await dialog.getByLabel('Until').fill('2999-01-01');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText(`${guest.username} was changed: Developer.`).waitFor();
      const place = { kind: 'project', id: project.id } as const;
      const member = await services.members.get(place, guest.id);
      expect([member.level, member.expiresAt]).toEqual([30, Date.parse('2999-01-01')]);

      await page.getByRole(link, { name: `Remove ${guest.username}` }).click();
      await page
        .getByRole(question, { name: `Remove ${guest.username}?` })
        .getByRole('button', { name: `Remove ${guest.username}` })
        .click();
      await page.getByText(`${guest.username} is no longer a member.`).waitFor();
      expect(await thrown(services.members.get(place, guest.id))).toThrow('not found');
      visitor.expectNoComplaints();
    });

  story("the last owner of a group can't leave, and other members can", async () => {
    const { server, services, group, owner } = await company();
    await using visitor = await openVisitor(server.url, { viewport: PHONE });
    const { page } = visitor;
    await visitor.signIn(owner.username, PASSWORD);
    const address = `/groups/${group.full_path}/-/group_members`;
    await page.goto(address);
    await expectAccessible(page);
    await expectNoOverflow(page);
    const leave = async () => {
      await page.getByRole('button', { name: 'Leave', exact: true }).click();
      await page
        .getByRole('dialog')
        .getByRole('button', { name: `Leave ${group.full_path}` })
        .click();
    };
    await leave();
    await page.getByText("The last owner of a group can't be removed").waitFor();
    expect(new URL(page.url()).pathname).toBe(address);

    const heir = await server.seed.member(group, 'owner');
    await page.goto(address);
    await page.getByRole('rowheader', { name: heir.username }).waitFor();
    await leave();
    await page.getByText(`You have left ${group.full_path}.`).waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    expect(await thrown(services.members.get({ kind: 'group', id: group.id }, owner.id))).toThrow('not found');
    const left = await page.goto(address);
    expect(left?.status()).toBe(404);
    visitor.expectNoComplaints();
  });

  story('who only reads sees who is there, and changes nothing', async () => {
    const { server, services, project, maintainer } = await company();
    const reader = await server.seed.member(project, 'reporter');
    await services.users.setPassword(reader.id, PASSWORD, BY_SYSTEM);
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(reader.username, PASSWORD);
    const address = `/${project.full_path}/-/project_members`;
    await page.goto(address);
    await page.getByRole('rowheader', { name: maintainer.username }).waitFor();
    await expectAccessible(page);
    expect(await page.getByRole('button', { name: 'Add member' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: /^(Change|Remove)/ }).count()).toBe(0);
    // Their own form leads nowhere else: what a page does not offer is refused, too.
    const token = await page.locator('input[name=authenticity_token]').first().inputValue();
    const form = { authenticity_token: token, access_level: '40', username: reader.username };
    const headers = { Origin: server.url };
    for (const path of ['', `/${maintainer.id}/change`, `/${maintainer.id}/remove`]) {
      const answer = await page.request.post(`${address}${path}`, { form, headers, maxRedirects: 0 });
      expect([path, answer.status()]).toEqual([path, 403]);
    }
    const stranger = await server.seed.user();
    await services.users.setPassword(stranger.id, PASSWORD, BY_SYSTEM);
    await using outside = await openVisitor(server.url);
    await outside.signIn(stranger.username, PASSWORD);
    expect((await outside.page.goto(address))?.status()).toBe(404);
    visitor.expectNoComplaints();
  });
});
