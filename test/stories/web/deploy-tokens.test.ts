import { expect } from 'bun:test';
import type { Page } from 'playwright-core';
import {
  BY_NAME,
  DESK,
  expectAccessible,
  expectNoOverflow,
  inBrowser,
  openVisitor,
  PHONE,
} from '../../support/browser.ts';
import { createClient } from '../../support/client.ts';
import { seedRepository } from '../../support/git.ts';
import { inDays } from '../../support/in-days.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';
import type { TestServer } from '../../support/server.ts';
import { makeToken as make, snippetsOn } from '../../support/token-page.ts';

/** The pages of both are made of the same parts: those of a group are seen once. */
const WAYS = [
  { on: 'project', way: 'at a desk', options: { viewport: DESK } },
  { on: 'project', way: 'on a phone', options: { viewport: PHONE } },
  { on: 'project', way: 'without a script', options: { viewport: DESK, javaScriptEnabled: false } },
  { on: 'group', way: 'on a phone', options: { viewport: PHONE } },
] as const;

onOneServer('the way to a deploy token', (started) => {
  const story = inBrowser();

  for (const { on, way, options } of WAYS) {
    story(`A317 A320 A321 A322 of a ${on}, ${way}: made by sight, shown once, used, revoked`, async () => {
      const server = await started;
      const scene = await sceneOf(server, on);
      await using visitor = await openVisitor(server.url, options);
      const { page } = visitor;
      await visitor.signIn(scene.username, PASSWORD);
      await page.goto(scene.home);
      await page.getByRole('link', { name: 'Settings' }).click();
      await page.getByRole('link', { name: 'Repository', exact: true }).click();
      await page.getByText('Expand', { exact: true }).first().click();

      await page.getByLabel('Name', { exact: true }).fill('release pipeline');
      await page.getByLabel('User name (optional)').fill('releaser');
      await page.getByRole('button', { name: 'Create deploy token' }).click();
      expect(await page.locator('.mistake').textContent()).toBe("Scopes can't be blank");
      expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('release pipeline');
      expect(await page.getByLabel('User name (optional)').inputValue()).toBe('releaser');

      await page.getByLabel('Expiry date (optional)').fill(inDays(22));
      await page.getByLabel('read_repository').check();
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.getByRole('button', { name: 'Create deploy token' }).click(),
      ]);
      const secret = await page.getByLabel('Token', { exact: true }).inputValue();
      expect(secret).toMatch(/^gldt-/);
      expect([answer.status(), answer.headers()['cache-control']]).toEqual([201, 'no-store']);
      expect(answer.url()).not.toContain(secret);
      expect(await page.getByLabel('User name', { exact: true }).inputValue()).toBe('releaser');
      if (way !== 'without a script') await expectAccessible(page);
      await expectNoOverflow(page);

      const fold = page.getByText('Create another deploy token');
      if (!(await page.getByLabel('Name', { exact: true }).isVisible())) await fold.click();
      for (const label of ['Name', 'User name (optional)', 'Expiry date (optional)'])
        expect(await page.getByLabel(label, { exact: true }).inputValue()).toBe('');
      expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(0);

      const row = page.getByRole('row', { name: /release pipeline/ });
      expect(await row.textContent()).toContain('read_repository');
      const expiry = row.getByText('in 3 weeks');
      expect(await expiry.getAttribute('title')).toBe(`${inDays(22)} 00:00:00 UTC`);
      await clone(page, scene.project.path);

      // Going back, and coming again, in every way that there is.
      await page.goto('/');
      // Without a script the browser does not even ask again: it says that the form would have to be sent once more.
      const back = page.goBack().then(() => page.content());
      expect(await back.catch((error: Error) => error.message)).toMatch(/<html|ERR_CACHE_MISS/);
      expect(await back.catch(() => '')).not.toContain(secret);
      if (way === 'without a script') await page.waitForURL('chrome-error://chromewebdata/');
      await page.goto(scene.settings);
      expect(await page.content()).not.toContain(secret);
      await page.reload();
      expect(await page.content()).not.toContain(secret);
      expect(server.logs.join('\n')).not.toContain(secret);

      const section = page.getByText('Expand', { exact: true }).first();
      if (await section.isVisible()) await section.click();
      // The question is a page of its own; with a script it comes as a dialog over the list.
      const [link, question] =
        way === 'without a script' ? (['link', 'region'] as const) : (['button', 'dialog'] as const);
      await page.getByRole(link, { name: 'Revoke release pipeline' }).click();
      const asked = page.getByRole(question, { name: 'Revoke release pipeline?' });
      expect(await asked.textContent()).toContain('stops working immediately: cloning and fetching');
      expect(new URL(page.url()).pathname.endsWith('/revoke')).toBe(way === 'without a script');
      await asked.getByRole('button', { name: 'Revoke release pipeline' }).click();
      expect(await page.getByRole('status').textContent()).toContain('release pipeline was revoked.');
      expect(await page.getByText('Inactive deploy tokens (1)').isVisible()).toBe(true);
      using client = createClient();
      const address = server.urlFor('releaser', secret);
      const refused = await client.run(['git', 'ls-remote', `${address}/${scene.project.full_path}.git`]);
      expect(refused.code).not.toBe(0);
      visitor.expectNoComplaints();
    });
  }

  story('a reload of the page that shows the secret shows it no more, and sends no form again', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(scene.username, PASSWORD);
    const secret = await make(page, scene.settings, ['read_registry']);
    await page.reload();
    expect(page.url()).toBe(`${server.url}${scene.settings}`);
    expect(await page.content()).not.toContain(secret);
    expect(await page.getByRole('heading', { name: 'Active deploy tokens (1)' }).isVisible()).toBe(true);
    visitor.expectNoComplaints();
  });

  story('without a script a reload sends the form again, and makes no second token', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    await using visitor = await openVisitor(server.url, { javaScriptEnabled: false });
    const { page } = visitor;
    await visitor.signIn(scene.username, PASSWORD);
    const secret = await make(page, scene.settings.replace('#', '?search=pipe&sort=name#'), ['read_registry']);
    const [again] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      page.reload(),
    ]);
    expect(again.status()).toBe(409);
    await page.getByRole('heading', { name: 'This form was already submitted' }).waitFor();
    const made = page.getByRole('table', { name: 'Created token' });
    expect(await made.getByRole('rowheader').textContent()).toBe('pipeline');
    expect(await page.content()).not.toContain(secret);
    expect(await page.getByRole('heading', { name: 'Active deploy tokens (1)' }).isVisible()).toBe(true);
    expect(await page.getByLabel('Search deploy tokens').inputValue()).toBe('pipe');
    // Another one is made by the form that this page has.
    await page.getByText('Create another deploy token').click();
    await page.getByLabel('Name', { exact: true }).fill('pipeline 2');
    await page.getByRole('checkbox', { name: 'read_registry', exact: true }).check();
    await page.getByRole('button', { name: 'Create deploy token' }).click();
    await page.getByRole('heading', { name: 'Active deploy tokens (2)' }).waitFor();
    visitor.expectNoComplaints();
  });

  story(
    'the page with the secret tells nobody where one comes from, and its forms work: also over plain HTTP',
    async () => {
      const server = await started;
      const scene = await sceneOf(server, 'project');
      for (const url of [server.url, `http://${BY_NAME}:${server.port}`]) {
        await using visitor = await openVisitor(url);
        const { page } = visitor;
        await page.goto('/users/sign_in');
        await page.getByLabel('User name or e-mail').fill(scene.username);
        await page.getByLabel('Password').fill(PASSWORD);
        await page.keyboard.press('Enter');
        await page.waitForURL((address) => address.pathname !== '/users/sign_in');
        const headers = { origin: '', referer: '', site: '' };
        page.on('request', async (request) => {
          if (request.method() !== 'POST') return;
          const all = await request.allHeaders();
          headers.origin = all['origin'] ?? '';
          headers.referer = all['referer'] ?? '';
          headers.site = all['sec-fetch-site'] ?? '';
        });
        await make(page, scene.settings, ['read_registry']);
        await page.locator('#created:focus').waitFor();
        await page.getByText('Create another deploy token').click();
        await page.getByLabel('Name', { exact: true }).fill('another');
        await page.getByRole('checkbox', { name: 'read_registry', exact: true }).check();
        await page.getByRole('button', { name: 'Create deploy token' }).click();
        await page.getByRole('heading', { name: 'Your new deploy token “another”' }).waitFor();
        expect(headers).toEqual({ origin: 'null', referer: '', site: url === server.url ? 'same-origin' : '' });
        await page.getByRole('button', { name: 'Revoke another' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Revoke another' }).click();
        await page.getByText('another was revoked.').waitFor();
        visitor.expectNoComplaints();
      }
    },
  );

  story('by keyboard alone: made, copied and revoked', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    const { keyboard } = page;
    await visitor.signIn(scene.username, PASSWORD);
    await page.goto(scene.settings.replace(/#.*/, ''));
    const focus = (name: RegExp) => tabTo(page, name);
    await focus(/^Deploy tokens/);
    await keyboard.press('Enter');
    await focus(/^Name$/);
    await keyboard.type('by keyboard');
    await focus(/^read_repository$/);
    await keyboard.press('Space');
    await focus(/^Create deploy token$/);
    await keyboard.press('Enter');
    await page.getByLabel('Token', { exact: true }).waitFor();
    await focus(/^Copy Token$/);
    await keyboard.press('Enter');
    const secret = await page.getByLabel('Token', { exact: true }).inputValue();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await focus(/^Revoke by keyboard$/);
    await keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Revoke by keyboard?' }).waitFor();
    await keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await keyboard.press('Enter');
    await focus(/^Revoke by keyboard$/);
    await keyboard.press('Enter');
    await page.getByText('was revoked. It no longer works.').waitFor();
    visitor.expectNoComplaints();
  });

  story('what a token is handed out with is for its scopes alone, and runs as pasted', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(scene.username, PASSWORD);
    await make(page, scene.settings, ['read_registry']);
    const few = await snippetsOn(page);
    expect(few.some(({ title }) => title.startsWith('Kubernetes'))).toBe(true);
    expect(few.filter(({ title }) => /Clone|Push|npm|twine/.test(title))).toEqual([]);

    const secret = await make(page, scene.settings, [
      'read_repository',
      'read_registry',
      'write_registry',
      'read_package_registry',
      'write_package_registry',
    ]);
    const all = await snippetsOn(page);
    expect(all.filter(({ text }) => text.includes(secret)).length).toBeGreaterThan(12);
    const shown = (title: string) => all.find((one) => one.title.startsWith(title))?.text ?? `no snippet ${title}`;
    using client = createClient({ DOCKER_HOST: 'tcp://127.0.0.1:1' });
    await client.ok(['sh', '-ec', shown('Clone')]);
    const login = await client.ok(['sh', '-ec', shown('Docker: sign in')]);
    expect(login.output).toContain('Login Succeeded');
    const auths = JSON.parse(shown('Without signing in')) as { auths: Record<string, { auth: string }> };
    const [host = '', { auth } = { auth: '' }] = Object.entries(auths.auths)[0] ?? [];
    expect(host).toBe(new URL(server.url).host);
    expect(Buffer.from(auth, 'base64').toString()).toEndWith(`:${secret}`);
    await Bun.write(client.path('file.txt'), 'hello\n');
    await client.ok(['sh', '-ec', shown('Publish a file')]);
    await Bun.write(client.path('file.txt'), '');
    await client.ok(['sh', '-ec', shown('Fetch it')]);
    expect(await Bun.file(client.path('file.txt')).text()).toBe('hello\n');
    await Bun.write(client.path('.npmrc'), shown('npm, pnpm and classic Yarn'));
    await Bun.write(client.path('package.json'), '{"name": "@scope/package", "version": "1.0.0"}');
    await client.ok(['sh', '-ec', shown('Publish, with the address')]);
    visitor.expectNoComplaints();
  });

  story('among 500 tokens one is found: by search, in order, page by page', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    const { seed } = server;
    for (let i = 1; i <= 500; i++)
      await seed.deployToken(scene.project, { name: `machine ${String(i).padStart(3, '0')}` });
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(scene.username, PASSWORD);
    await page.goto(scene.settings);
    await page.getByRole('heading', { name: 'Active deploy tokens (500)' }).waitFor();
    const first = () =>
      page.getByRole('table', { name: 'Active deploy tokens' }).getByRole('rowheader').first().textContent();
    expect(await first()).toBe('machine 500');
    await page.getByRole('link', { name: 'Name', exact: true }).click();
    expect(await first()).toBe('machine 001');
    await page.getByRole('link', { name: 'Next' }).click();
    expect(await first()).toBe('machine 021');
    await page.getByLabel('Search deploy tokens').fill('machine 3');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Active deploy tokens (100)' }).waitFor();
    await page.getByLabel('Search deploy tokens').fill('nothing of that name');
    await page.keyboard.press('Enter');
    await page.getByText('No active tokens match “nothing of that name”').waitFor();
    // Past the end, as after the last token of the last page was revoked, stands the last page.
    await page.goto(scene.settings.replace('#', '?page=27#'));
    expect(await first()).toBe('machine 020');
    visitor.expectNoComplaints();
  });

  story('a second click on Create is none: the secret of the first is shown', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(scene.username, PASSWORD);
    let sent = 0;
    await page.route('**/deploy_token/create*', async (route) => {
      sent += 1;
      await Bun.sleep(1000);
      await route.continue();
    });
    await page.goto(scene.settings);
    await page.getByLabel('Name', { exact: true }).fill('clicked twice');
    await page.getByLabel('read_repository', { exact: true }).check();
    await page.getByRole('button', { name: 'Create deploy token' }).evaluate((button) => {
      for (const after of [0, 200]) setTimeout(() => button.click(), after);
    });
    await page.getByText('Your new deploy token “clicked twice”').waitFor();
    await page.getByRole('heading', { name: 'Active deploy tokens (1)' }).waitFor();
    expect(sent).toBe(1);
    visitor.expectNoComplaints();
  });

  story('the first sight of the settings page is under 100 kB in all, with a page full of tokens on it', async () => {
    const server = await started;
    const scene = await sceneOf(server, 'project');
    for (let i = 0; i < 30; i++) await server.seed.deployToken(scene.project, { name: `machine ${i}` });
    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    // Not by the page: it would fill the cache.
    await visitor.signIn(scene.username, PASSWORD);
    const sizes: number[] = [];
    page.on('response', async (response) => {
      const { responseBodySize, responseHeadersSize } = await response.request().sizes();
      sizes.push(responseBodySize + responseHeadersSize);
    });
    await page.goto(scene.settings, { waitUntil: 'networkidle' });
    expect(sizes.length).toBeGreaterThanOrEqual(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
  });
});

let scenes = 0;

/** A maintainer, a group, and a project in it with something to clone. */
async function sceneOf(server: TestServer, on: 'project' | 'group') {
  const { seed } = server;
  const username = `ada${++scenes}`;
  const group = await seed.group();
  const project = await seed.project(group);
  await seed.member(group, 'maintainer', { username, password: PASSWORD });
  using client = createClient();
  await seedRepository(server, client, project, 2);
  const [home, settings] =
    on === 'project'
      ? [`/${project.full_path}`, `/${project.full_path}/-/settings/repository`]
      : [`/${group.full_path}`, `/groups/${group.full_path}/-/settings/repository`];
  return { username, project, home, settings: `${settings}#js-deploy-tokens` };
}

/** Pastes the first command of the page, and checks that it cloned. */
async function clone(page: Page, folder: string): Promise<void> {
  using client = createClient();
  await client.ok(['sh', '-ec', (await page.locator('.snippet pre').first().textContent()) ?? 'false']);
  const { stdout } = await client.ok(['git', 'log', '--format=%s'], { cwd: client.path(folder) });
  expect(stdout).toBe('commit 2\ncommit 1\n');
}

/** Goes on with Tab until something of this name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  const named = `(() => { const at = document.activeElement;
    return (at?.getAttribute('aria-label') ?? at?.labels?.[0]?.textContent ?? at?.textContent ?? '').trim(); })()`;
  for (let i = 0; i < 200; i++) {
    await page.keyboard.press('Tab');
    if (name.test(await page.evaluate<string>(named))) return;
  }
  throw new Error(`nothing called ${name} can be reached by keyboard`);
}
