import { expect } from 'bun:test';
import { DESK, expectAccessible, expectNoOverflow, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

const LONG = 'a-project-whose-name-is-longer-than-anyone-would-like';

onOneServer('check projects and groups', (started) => {
  const story = inBrowser();

  story(
    'what is mine, what I may see, and what is in a group: by pages and by search, without a script too',
    async () => {
      const server = await started;
      const { seed } = server;
      const group = await seed.group(null, { path: 'analytical' });
      const tools = await seed.group(group, { path: 'tools' });
      const secret = await seed.group(null, { path: 'secret' });
      const open = await seed.group(null, { path: 'open', visibility: 'public' });
      for (let i = 10; i < 42; i++) await seed.project(group, { path: `engine-${i}` });
      await seed.project(tools, { path: LONG });
      await seed.project(secret, { path: 'engine-hidden' });
      await seed.project(open, { path: 'engine-open', visibility: 'public' });
      await seed.member(group, 'reporter', { username: 'ada', password: PASSWORD });

      await using visitor = await openVisitor(server.url, { javaScriptEnabled: false });
      const { page } = visitor;
      const names = (of: string) => page.getByRole('region', { name: of }).getByRole('listitem').getByRole('link');
      await page.goto('/explore');
      expect(await names('Projects').allTextContents()).toEqual(['open/engine-open']);
      await visitor.signIn('ada', PASSWORD);
      await page.goto('/');
      await page.getByText('1 to 30 of 33 projects').waitFor();
      await page.getByRole('link', { name: 'Next' }).click();
      expect(await names('Projects').count()).toBe(3);
      expect(await names('Groups').allTextContents()).toEqual(['analytical', 'analytical/tools']);
      await page.getByLabel('Search projects and groups').fill('open');
      await page.getByRole('button', { name: 'Search' }).click();
      expect(await names('Projects').allTextContents()).toEqual(['open/engine-open']);
      expect(await names('Groups').allTextContents()).toEqual(['open']);
      await page.goto('/explore?search=hidden');
      await page.getByText('No results for “hidden”').waitFor();

      await page.goto('/analytical');
      expect(await names('Subgroups').allTextContents()).toEqual(['analytical/tools']);
      await page.getByLabel('Search this group').fill('LONGER');
      await page.getByRole('button', { name: 'Search' }).click();
      expect(await names('Projects').allTextContents()).toEqual([`analytical/tools/${LONG}`]);
      await page.goto('/ada');
      await page.getByText('No projects here').waitFor();
      expect(await page.getByRole('link', { name: 'New project' }).count()).toBe(1);
      visitor.expectNoComplaints();
    },
  );

  story(
    'these pages are accessible, and none is wider than a phone',
    async () => {
      await using visitor = await openVisitor((await started).url);
      const { page } = visitor;
      await visitor.signIn('ada', PASSWORD);
      for (const path of [
        '/',
        '/explore',
        '/explore?search=longer',
        '/explore?search=none-such',
        '/analytical',
        '/ada',
      ]) {
        await page.goto(path);
        await page.setViewportSize(DESK);
        await expectAccessible(page);
        for (const size of [DESK, PHONE]) {
          await page.setViewportSize(size);
          await expectNoOverflow(page);
        }
      }
      visitor.expectNoComplaints();
    },
    120_000,
  );
});
