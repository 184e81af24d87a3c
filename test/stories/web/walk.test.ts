import { expect } from 'bun:test';
import { expectAccessible, expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

onOneServer('a walk through the pages', (started) => {
  const story = inBrowser();

  story('a maintainer signs in, finds the project and its deploy tokens, and signs out', async () => {
    const server = await started;
    const { seed } = server;
    const group = await seed.group(null, { path: 'analytical' });
    const project = await seed.project(group, { path: 'engine' });
    await seed.member(group, 'maintainer', { username: 'ada', password: PASSWORD });
    await seed.deployToken(project, { name: 'pipeline' });
    await seed.deployToken(group, { name: 'company-wide' });

    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await page.goto(`/${project.full_path}/-/settings/repository?x=y`);
    expect(new URL(page.url()).pathname).toBe('/users/sign_in');
    await expectAccessible(page);
    await page.getByLabel('User name or e-mail').fill('ada');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('status').textContent()).toBe('The user name or password is wrong.');
    expect(await page.getByLabel('User name or e-mail').inputValue()).toBe('ada');
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/-/settings/repository?x=y');

    await page.getByRole('link', { name: 'Postern' }).click();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'analytical', exact: true }).click();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'analytical/engine' }).click();
    expect(await page.getByLabel('Clone and push with HTTP').inputValue()).toBe(`${server.url}/analytical/engine.git`);
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'Repository' }).click();
    await page.getByRole('heading', { name: 'Deploy tokens', exact: true }).click();
    await page.getByRole('rowheader', { name: 'pipeline' }).waitFor();
    await page.getByRole('rowheader', { name: 'company-wide' }).waitFor();
    await expectFits(page);
    await page.getByRole('button', { name: 'ada' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL('**/users/sign_in');
    await page.goto(`/${project.full_path}`);
    expect(new URL(page.url()).pathname).toBe('/users/sign_in');
    visitor.expectNoComplaints();
  });
});
