import { expect } from 'bun:test';
import { DESK, expectAccessible, expectNoOverflow, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

const WAYS = [
  { way: 'with a script', options: { viewport: DESK } },
  { way: 'without one, on a phone', options: { viewport: PHONE, javaScriptEnabled: false } },
] as const;

/** The name of the field that has the focus, where it can be seen together with the sentence at it. */
const IS_SEEN = `(() => {
  const at = (one) => one.getBoundingClientRect();
  const [field, mistake] = [document.activeElement, document.querySelector('.mistake')];
  const seen = [field, mistake].every((one) => one && at(one).top >= 0 && at(one).bottom <= innerHeight);
  return seen ? field.name : [field, mistake].map((one) => one && [at(one).top, at(one).bottom]).join() + ' of ' + innerHeight;
})()`;

onOneServer('rules for packages and storage, by sight', (started) => {
  const story = inBrowser();
  let count = 0;

  /** A group with a project in it, a maintainer of it and an administrator. */
  const scene = async () => {
    const server = await started;
    const { seed } = server;
    const group = await seed.group();
    const project = await seed.project(group);
    count += 1;
    const user = await seed.user({ username: `keeper${count}`, password: PASSWORD });
    const admin = await seed.user({ username: `root${count}`, password: PASSWORD, admin: true });
    await seed.join(project, user, 'maintainer');
    return { server, group, project, user, admin };
  };

  for (const { way, options } of WAYS) {
    story(`a maintainer keeps a name for maintainers, ${way}: a deploy token publishes it no more`, async () => {
      const { server, project, user } = await scene();
      const publisher = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
      const publish = async (version: string) => {
        const url = `${server.url}/api/v4/projects/${project.id}/packages/generic/release-notes/${version}/a.txt`;
        const headers = { 'Deploy-Token': publisher.secret };
        return (await fetch(url, { method: 'PUT', headers, body: `${version} ${crypto.randomUUID()}` })).status;
      };
      expect(await publish('1.0.0')).toBe(201);
      await using visitor = await openVisitor(server.url, options);
      const { page } = visitor;
      await visitor.signIn(user.username, PASSWORD);
      await page.goto(`/${project.full_path}/-/settings/repository`);
      await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Packages' }).click();
      await page.getByText('No rules', { exact: true }).waitFor();

      await page.getByLabel('Type', { exact: true }).selectOption('generic');
      await page.getByLabel('Names', { exact: true }).fill('release-*');
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByText('A rule must have at least a minimum access role').waitFor();
      expect(await page.evaluate(IS_SEEN)).toBe('push_level');
      expect(await page.getByLabel('Names', { exact: true }).inputValue()).toBe('release-*');
      expect(await page.getByLabel('Type', { exact: true }).inputValue()).toBe('generic');
      if (way === 'with a script') await expectAccessible(page);
      await page.getByLabel('Published by').selectOption({ label: 'Maintainers and owners' });
      await page.getByRole('button', { name: 'Add rule' }).click();
      const row = page.getByRole('row', { name: /release-\*/ });
      expect(await row.textContent()).toContain('Maintainers and owners');
      expect(await publish('1.1.0')).toBe(403);

      await page.getByLabel('Type', { exact: true }).selectOption('generic');
      await page.getByLabel('Names', { exact: true }).fill('release-*');
      await page.getByLabel('Deleted by').selectOption({ label: 'Owners' });
      await page.getByRole('button', { name: 'Add rule' }).click();
      expect(await page.locator('.mistake').textContent()).toBe('Package name pattern has already been taken');
      expect(await page.evaluate(IS_SEEN)).toBe('pattern');

      const [link, question] =
        way === 'with a script' ? (['button', 'dialog'] as const) : (['link', 'region'] as const);
      await page.getByRole(link, { name: 'Remove the rule for release-*' }).click();
      const asked = page.getByRole(question, { name: 'Remove the rule for release-*?' });
      await asked.getByRole('button', { name: 'Remove rule' }).click();
      await page.getByText('Rule removed.').waitFor();
      expect(await publish('1.1.0')).toBe(201);

      // And versions of a name are made final.
      await page.getByLabel('Type', { exact: true }).selectOption('generic');
      await page.getByLabel('Names', { exact: true }).fill('*');
      await page.getByLabel('Re-publishing existing files').selectOption('forbidden');
      await page.getByRole('button', { name: 'Add rule' }).click();
      await page.getByRole('cell', { name: 'Forbidden' }).waitFor();
      expect([await publish('1.1.0'), await publish('1.2.0')]).toEqual([400, 201]);
      await expectNoOverflow(page);
      visitor.expectNoComplaints();
    });

    story(`an administrator limits what is stored, ${way}; a maintainer sees it`, async () => {
      const { server, group, project, user, admin } = await scene();
      await using visitor = await openVisitor(server.url, options);
      const { page } = visitor;
      await visitor.signIn(admin.username, PASSWORD);
      for (const path of [`/${project.full_path}`, `/groups/${group.full_path}`]) {
        await page.goto(`${path}/-/usage_quotas`);
        await page.getByLabel('Limit').fill('a lot');
        await page.getByRole('button', { name: 'Save limit' }).click();
        expect(await page.locator('.mistake').textContent()).toStartWith('This is not a size');
        expect(await page.getByLabel('Limit').inputValue()).toBe('a lot');
        await page.getByLabel('Limit').fill('5 MiB');
        await page.getByRole('button', { name: 'Save limit' }).click();
        await page.getByRole('status').getByText('Saved.').waitFor();
        expect(await page.getByLabel('Limit').inputValue()).toBe('5 MiB');
      }
      await page.goto(`/admin/users/${user.username}`);
      await page.getByRole('heading', { name: 'Storage' }).click();
      await page.getByLabel('Limit').fill('0');
      await page.getByRole('button', { name: 'Save limit' }).click();
      expect(await page.locator('.mistake').textContent()).toStartWith('This is not a size');
      await page.getByLabel('Limit').fill('1.5 KiB');
      await page.getByRole('button', { name: 'Save limit' }).click();
      await page.getByText('Storage limit saved.').waitFor();

      const writer = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
      const url = `${server.url}/api/v4/projects/${project.id}/packages/generic/big/1.0.0/a.bin`;
      const headers = { 'Deploy-Token': writer.secret };
      const put = async (size: number) => (await fetch(url, { method: 'PUT', headers, body: 'x'.repeat(size) })).status;
      expect(await put(3 * 2 ** 20)).toBe(201);
      expect(await put(6 * 2 ** 20)).toBe(403);

      await using theirs = await openVisitor(server.url, options);
      await theirs.signIn(user.username, PASSWORD);
      await theirs.page.goto(`/${project.full_path}/-/settings/repository`);
      await theirs.page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name: 'Storage' }).click();
      await theirs.page.getByText('3.0 MiB of 5.0 MiB: 60 %').waitFor();
      expect(await theirs.page.getByLabel('Limit').count()).toBe(0);
      if (way === 'with a script') await expectAccessible(theirs.page);
      await theirs.page.goto('/-/user_settings/profile');
      await theirs.page.getByText('0 B of 1.5 KiB: 0 %').waitFor();
      visitor.expectNoComplaints();
      theirs.expectNoComplaints();
    });
  }
});
