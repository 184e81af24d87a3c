import { expect } from 'bun:test';
import { expectAccessible, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

onOneServer('making groups and projects', (started) => {
  const story = inBrowser();

  story('a group, a group in it and a project in that are made, without a script too', async () => {
    const server = await started;
    await server.seed.user({ username: 'ada', password: PASSWORD });
    await using visitor = await openVisitor(server.url, { javaScriptEnabled: false, viewport: PHONE });
    const { page } = visitor;
    await visitor.signIn('ada', PASSWORD);
    await page.goto('/');
    await page.getByRole('link', { name: 'New group' }).click();
    await page.getByLabel('Name').fill('Analytical Company');
    await page.getByLabel('Internal').check();
    await page.getByRole('button', { name: 'Create group' }).click();
    await page.waitForURL('**/analytical-company');

    await page.getByRole('link', { name: 'New subgroup' }).click();
    expect(await page.getByLabel('Public').isDisabled()).toBe(true);
    await page.getByLabel('Name').fill('Tools');
    await page.getByLabel('Path (optional)').fill('not a path');
    await page.getByLabel('Internal').check();
    await page.getByRole('button', { name: 'Create subgroup' }).click();
    expect(await page.locator('.mistake').textContent()).toContain('Path can contain only letters');
    expect(await page.getByLabel('Path (optional)').inputValue()).toBe('not a path');
    expect(await page.getByLabel('Name').inputValue()).toBe('Tools');
    expect(await page.getByLabel('Internal').isChecked()).toBe(true);
    await page.getByLabel('Path (optional)').fill('');
    await page.getByRole('button', { name: 'Create subgroup' }).click();
    await page.waitForURL('**/analytical-company/tools');

    await page.getByRole('link', { name: 'New project' }).click();
    const group = page.getByLabel('Group');
    expect(await group.locator('option').allTextContents()).toEqual([
      'ada (personal)',
      'analytical-company',
      'analytical-company/tools',
    ]);
    expect(await group.locator('option:checked').textContent()).toBe('analytical-company/tools');
    await page.getByLabel('Name').fill('Loom <b>');
    await page.getByLabel('Public').check();
    await page.getByRole('button', { name: 'Create project' }).click();
    expect(await page.locator('.mistake').textContent()).toContain('not allowed in a internal group');
    await page.getByLabel('Private').check();
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.waitForURL('**/analytical-company/tools/loom-b');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Loom <b>');
    visitor.expectNoComplaints();
  });

  story('both forms are for everyone to use, and a group is chosen only where one may make projects', async () => {
    const server = await started;
    const { seed } = server;
    const read = await seed.group(null, { path: 'readers' });
    const make = await seed.group(null, { path: 'makers' });
    const user = await seed.member(read, 'reporter', { username: 'grace', password: PASSWORD });
    await seed.join(make, user, 'developer');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn('grace', PASSWORD);
    await page.goto('/projects/new');
    await expectAccessible(page);
    expect(await page.getByLabel('Group').locator('option').allTextContents()).toEqual(['grace (personal)', 'makers']);
    expect(await page.getByLabel('Group').locator('option:checked').textContent()).toBe('grace (personal)');
    // A form that names a group where one may not is refused, whatever the page offered.
    await page.evaluate(`document.querySelector('#namespace_id').options[0].value = ${read.id}`);
    await page.getByLabel('Name').fill('smuggled');
    await page.getByRole('button', { name: 'Create project' }).click();
    await page.getByText('Error 403').waitFor();
    await page.goto('/groups/new');
    await expectAccessible(page);
    await page.goto('/readers');
    expect(await page.getByRole('link', { name: /^New/ }).count()).toBe(0);
    await page.goto(`/groups/new?parent_id=${make.id}`);
    await page.getByText('Error 403').waitFor();
    visitor.expectNoComplaints();
  });
});
