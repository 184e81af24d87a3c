import { expect } from 'bun:test';
import type { Role } from '../../../src/domain/members/roles.ts';
import { expectAccessible, expectNoOverflow, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

onOneServer('the general settings', (started) => {
  const story = inBrowser();

  /** A group with a project in it, and someone with a role in the group. */
  async function company(role: Role) {
    const server = await started;
    const { seed, services } = server;
    const group = await seed.group();
    const project = await seed.project(group);
    const user = await seed.member(group, role, { password: PASSWORD });
    return { server, seed, services, group, project, user };
  }

  for (const script of [true, false])
    story(`an owner renames, archives and deletes a project, ${script ? 'with' : 'without'} a script`, async () => {
      const { server, services, group, project, user } = await company('owner');
      await using visitor = await openVisitor(server.url, { javaScriptEnabled: script });
      const { page } = visitor;
      await visitor.signIn(user.username, PASSWORD);
      await page.goto(`/${project.full_path}`);
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.waitForURL(`**/${project.full_path}/edit`);

      await page.getByLabel('Name', { exact: true }).fill('   ');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText("Name can't be blank").waitFor();
      await page.getByLabel('Name', { exact: true }).fill('The <b>Engine</b>');
      await page.getByLabel('Description').fill('It weaves.');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByRole('status').getByText('Saved.').waitFor();
      await page.getByRole('heading', { name: 'The <b>Engine</b>' }).waitFor();

      await page.getByRole('heading', { name: 'Features' }).click();
      await page.getByLabel('Container registry').uncheck();
      await page.getByLabel('Packages: members only').check();
      await page.getByRole('button', { name: 'Save features' }).click();
      await page.getByRole('status').getByText('Saved.').waitFor();
      const facts = await services.access.project(project.id, null);
      expect(facts.on === 'project' && [facts.features.registry, facts.features.packages]).toEqual([false, true]);
      expect(facts.on === 'project' && facts.membersOnly).toEqual({
        repository: false,
        registry: false,
        packages: true,
      });
      await page.getByRole('heading', { name: 'Features' }).click();
      expect(await page.getByLabel('Packages: members only').isChecked()).toBe(true);

      await page.getByRole('heading', { name: 'Change the path' }).click();
      await page.getByLabel('Path', { exact: true }).fill('loom_');
      await page.getByRole('button', { name: 'Change path' }).click();
      await page.getByText('Path must not start or end with a special character').waitFor();
      expect(await page.getByLabel('Path', { exact: true }).inputValue()).toBe('loom_');
      await page.getByLabel('Path', { exact: true }).fill('loom');
      await page.getByRole('button', { name: 'Change path' }).click();
      const today = `/${group.full_path}/loom/edit`;
      await page.waitForURL((url) => url.pathname === today);
      await page.goto(`/${project.full_path}/edit`);
      expect(new URL(page.url()).pathname).toBe(today);

      await page.getByRole('heading', { name: 'Archive this project' }).click();
      await page.getByRole('button', { name: 'Archive project' }).click();
      await page.getByText('archived', { exact: true }).first().waitFor();

      const full = `${group.full_path}/loom`;
      await page.getByRole('heading', { name: 'Delete this project' }).click();
      await page.getByLabel(`Type ${full} to delete it`).fill('something else');
      await page.getByRole('button', { name: 'Delete project' }).click();
      await page.getByText(`This is not ${full}`).waitFor();
      await page.getByLabel(`Type ${full} to delete it`).fill(full);
      await page.getByRole('button', { name: 'Delete project' }).click();
      await page.getByRole('status').getByText(`${full} is deleted`).waitFor();
      expect(new URL(page.url()).pathname).toBe('/');
      await page.reload();
      await page.getByRole('heading', { name: 'Your projects' }).waitFor();
      expect(await page.getByRole('status').count()).toBe(0);
      expect((await services.access.project(project.id, null)).on).toBe('missing');
      visitor.expectNoComplaints();
    });

  story('a group moves into another with all that is in it, and a project to a person', async () => {
    const { server, seed, group, project, user } = await company('owner');
    const other = await seed.group();
    await using visitor = await openVisitor(server.url, { viewport: PHONE });
    const { page } = visitor;
    await visitor.signIn(user.username, PASSWORD);
    await page.goto(`/groups/${group.full_path}/-/edit#transfer`);
    await expectAccessible(page);
    await expectNoOverflow(page);
    const move = async (what: string, to: string) => {
      await page.getByLabel('Destination').fill(to);
      await page.getByRole('button', { name: `Move ${what}` }).click();
    };
    // Nothing typed is no place: a stray click moves nothing.
    await page.goto(`/groups/${group.full_path}/-/edit#transfer`);
    await page.locator('form[action*=transfer]').evaluate((form) => form.setAttribute('novalidate', ''));
    await move('group', '');
    await page.getByText('Enter a destination').waitFor();
    // Existing but inaccessible groups get the same message as missing ones.
    for (const closed of [other.full_path, 'nowhere-at-all']) {
      await move('group', closed);
      await page.getByText(`${closed} does not exist, or you may not create groups in it`).waitFor();
    }
    await seed.join(other, user, 'maintainer');
    await move('group', other.full_path);
    await page.waitForURL(`**/groups/${other.full_path}/${group.path}/-/edit**`);
    await page.goto(`/${other.full_path}/${group.path}/${project.path}/edit#transfer`);
    await expectAccessible(page);
    await move('project', user.username);
    await page.waitForURL(`**/${user.username}/${project.path}/edit**`);
    visitor.expectNoComplaints();
  });

  story('a maintainer changes what a project is called, and neither its address nor its end', async () => {
    const { server, project, user } = await company('maintainer');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(user.username, PASSWORD);
    const address = `/${project.full_path}/edit`;
    await page.goto(address);
    await page.getByRole('heading', { name: 'Features' }).waitFor();
    for (const hidden of ['Archive this project', 'Change the path', 'Move this project', 'Delete this project'])
      expect(await page.getByRole('heading', { name: hidden }).count()).toBe(0);
    const token = await page.locator('input[name=authenticity_token]').first().inputValue();
    const form = { authenticity_token: token, path: 'mine', confirm: project.full_path, archived: '1' };
    for (const path of ['path', 'archive', 'transfer', 'destroy']) {
      const answer = await page.request.post(`${address}/${path}`, { form, headers: { Origin: server.url } });
      expect([path, answer.status()]).toEqual([path, 403]);
    }
    expect((await page.goto(`/groups/${project.full_path.split('/')[0]}/-/edit`))?.status()).toBe(403);
    visitor.expectNoComplaints();
  });
});
