import { afterAll, expect } from 'bun:test';
import { expectAccessible, expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { createClient } from '../../support/client.ts';
import { repositoryUrl, seedRepository } from '../../support/git.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

onOneServer('pictures of use', (started) => {
  const client = createClient();
  afterAll(() => client[Symbol.dispose]());
  const story = inBrowser();

  story(
    'what a token clones is in the picture of its project and in its own, for those who manage tokens',
    async () => {
      const server = await started;
      const { seed } = server;
      const group = await seed.group(null, { path: 'analytical' });
      const project = await seed.project(group, { path: 'engine' });
      await seed.member(group, 'maintainer', { username: 'ada', password: PASSWORD });
      await seed.member(group, 'developer', { username: 'dev', password: PASSWORD });
      const token = await seed.deployToken(project, { name: 'mirror' });
      const ofGroup = await seed.deployToken(group, { name: 'company-wide' });
      await seedRepository(server, client, project);
      await client.ok(['git', 'clone', '-q', repositoryUrl(server, project, token)]);
      // The counts of the running server are written within a minute, and before it ends.
      await server.stop();
      await server.restart();

      await using visitor = await openVisitor(server.url);
      const { page } = visitor;
      await visitor.signIn('ada', PASSWORD);
      await page.goto('/analytical/engine');
      await page.getByRole('link', { name: 'Usage' }).click();
      const picture = page.getByRole('img', { name: /^\d+ requests in 30 days/ });
      expect(await picture.locator('rect.usage-git').count()).toBe(1);
      const asked = Number(/^\d+/.exec((await picture.getAttribute('aria-label')) ?? '')?.[0]);
      await page.getByText('Numbers by day').click();
      const today = new Date().toISOString().slice(0, 10);
      expect(await page.getByRole('row', { name: today }).textContent()).toBe(`${today}${asked}`);

      await page.goto('/analytical/engine/-/settings/repository#js-deploy-tokens');
      await page.getByRole('link', { name: 'mirror' }).click();
      const own = await page.getByRole('img', { name: /requests in 30 days/ }).getAttribute('aria-label');
      expect(Number(/^\d+/.exec(own ?? '')?.[0])).toBeGreaterThan(1);
      expect(Number(/^\d+/.exec(own ?? '')?.[0])).toBeLessThan(asked);
      expect(await page.content()).not.toContain(token.secret);
      await expectFits(page);
      await page.goto(`/groups/analytical/-/deploy_tokens/${ofGroup.id}`);
      await page.getByText('No requests in the last 30 days').waitFor();
      await expectAccessible(page);
      // A token is found where it belongs, and nowhere else.
      await page.goto(`/analytical/engine/-/deploy_tokens/${ofGroup.id}`);
      await page.getByText('Error 404').waitFor();

      await visitor.context.clearCookies();
      await visitor.signIn('dev', PASSWORD);
      for (const path of ['usage', `deploy_tokens/${token.id}`]) {
        await page.goto(`/analytical/engine/-/${path}`);
        await page.getByText('Error 403').waitFor();
      }
      visitor.expectNoComplaints();
    },
  );
});
