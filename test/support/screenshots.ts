/** Run by script/screenshots. A page that is to be seen has its line in `pages`. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { BY_SYSTEM } from '../../src/domain/access/confirm.ts';
import type { Project } from '../../src/domain/projects/projects.ts';
import { DAY } from '../../src/lib/clock.ts';
import { defined } from '../../src/lib/defined.ts';
import { addUsage } from '../../src/store/tables/usage-counts.ts';
import { launchBrowser, openVisitor, type Visitor } from './browser.ts';
import { createClient } from './client.ts';
import { authorised } from './confirmed.ts';
import { furnishContent } from './content.ts';
import { contentShots } from './content-shots.ts';
import { errorShots } from './error-shots.ts';
import { makeRepository, rootUrl } from './git.ts';
import { inDays } from './in-days.ts';
import { PASSWORD } from './seed.ts';
import { startServer, type TestServer } from './server.ts';
import { furnishSettings, type Shot, settingsShots } from './settings-shots.ts';

const WIDTHS = { desk: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } };

const pages: readonly Shot[] = [
  { name: 'sign-in', path: '/users/sign_in', as: null },
  { name: 'explore-signed-out', path: '/explore', as: null },
  { name: 'dashboard', path: '/' },
  { name: 'explore', path: '/explore' },
  { name: 'explore-nothing', path: '/explore?search=babbage' },
  { name: 'own-namespace', path: '/ada' },
  { name: 'new-project', path: '/projects/new' },
  { name: 'new-group', path: '/groups/new' },
  { name: 'group', path: '/analytical' },
  { name: 'project', path: '/analytical/engine' },
  { name: 'project-empty', path: '/analytical/difference' },
  { name: 'usage', path: '/analytical/engine/-/usage' },
  { name: 'usage-of-token', path: '/analytical/engine/-/deploy_tokens/1' },
  { name: 'branches', path: '/analytical/engine/-/branches' },
  { name: 'git-tags', path: '/analytical/engine/-/tags' },
  { name: 'git-tags-nothing', path: '/analytical/engine/-/tags?search=nothing' },
  { name: 'project-of-reader', path: '/analytical/engine', as: 'somerville' },
  { name: 'project-empty-of-reader', path: '/analytical/difference', as: 'somerville' },
  { name: 'settings-folded', path: '/analytical/engine/-/settings/repository' },
  { name: 'deploy-tokens', path: '/analytical/engine/-/settings/repository#js-deploy-tokens' },
  { name: 'deploy-token-created', path: '/analytical/engine/-/settings/repository#js-deploy-tokens', first: create },
  {
    name: 'deploy-token-mistake',
    path: '/analytical/engine/-/settings/repository#js-deploy-tokens',
    first: async (page) => {
      await page.getByLabel('Name', { exact: true }).fill('release pipeline');
      await page.getByRole('button', { name: 'Create deploy token' }).click();
      await page.locator('.mistake').first().waitFor();
    },
  },
  {
    name: 'deploy-token-revoke',
    path: '/analytical/engine/-/settings/repository#js-deploy-tokens',
    first: async (page) => {
      await page.getByRole('button', { name: 'Revoke staging cluster' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  ...settingsShots,
  ...contentShots,
  ...errorShots,
];

async function create(page: Page): Promise<void> {
  await page.getByLabel('Name', { exact: true }).fill('release pipeline');
  for (const box of await page.getByRole('checkbox').all()) await box.check();
  await page.getByRole('button', { name: 'Create deploy token' }).click();
  await page.getByLabel('Token', { exact: true }).waitFor();
}

/** A small company with something of everything in it. */
async function furnish(server: TestServer): Promise<void> {
  const { seed, services } = server;
  const ada = await seed.user({ username: 'ada', password: PASSWORD, admin: true });
  const group = await seed.group(null, { path: 'analytical' });
  const tools = await seed.group(group, { path: 'tools', visibility: 'private' });
  const engine = await seed.project(group, { path: 'engine' });
  await seed.project(group, { path: 'difference' });
  const loom = await seed.project(tools, { path: 'loom' });
  await services.projects.update(loom, { features: { packages: false } }, BY_SYSTEM);
  await seed.project(tools, { path: 'a-project-whose-name-is-longer-than-anyone-would-like' });
  await pushEngine(server, engine);
  await useEngine(server, engine);
  await seed.join(group, ada, 'owner');
  const by = authorised({ kind: 'user', id: ada.id, name: 'ada', ip: '192.0.2.7', requestId: null });
  const make = (name: string, scopes: string[], expiresAt?: string) =>
    services.deployTokens.create(
      { kind: 'project', id: engine.id, path: engine.full_path },
      { name, scopes, ...defined({ expiresAt }) },
      by,
    );
  const first = await make('staging cluster', ['read_registry'], inDays(40));
  await make('nightly build', ['read_repository', 'read_package_registry', 'write_package_registry']);
  await make('partner mirror', ['read_repository'], inDays(3));
  const old = await make('old laptop', ['read_repository']);
  await services.deployTokens.revoke({ kind: 'project', id: engine.id, path: engine.full_path }, old.token.id, by);
  services.deployTokens.usage.note(first.token.id, { ip: '198.51.100.23', protocol: 'registry' });
  await services.deployTokens.usage.flush();
  await seed.deployToken(group, { name: 'company-wide mirror', scopes: ['read_repository', 'read_registry'] });
  // Before its names are protected.
  await furnishContent(server, group, engine);
  await furnishSettings(server, { group, engine });
}

const README = `# The analytical engine

It weaves **algebraic patterns** just as the loom weaves flowers and leaves. ![build](https://example.com/build.svg)

## Install

\`\`\`sh
docker pull registry.example.com/analytical/engine:latest
\`\`\`

| part  | does                      |
|-------|---------------------------|
| mill  | computes, one card a time |
| store | holds 1000 numbers        |

- See the [notes](https://example.com/notes), and [how to install](#install).
- Cards are read in \`order\`.

> The engine has no pretensions whatever to originate anything.
`;

/** A repository with a README, some branches and tags. */
async function pushEngine(server: TestServer, project: Project): Promise<void> {
  using client = createClient();
  const cwd = await makeRepository(client, 'engine', 12);
  await Bun.write(`${cwd}/README.md`, README);
  await client.ok(['git', 'add', '.'], { cwd });
  await client.ok(['git', 'commit', '-q', '-m', 'Say what the mill and the store are for'], { cwd });
  for (const name of [
    'fix/overflow-of-the-third-column',
    'note-g',
    'feature/a-rather-long-name-of-a-branch-that-someone-made',
  ])
    await client.ok(['git', 'branch', name, 'HEAD~3'], { cwd });
  for (const name of ['v1.0.0', 'v1.1.0']) await client.ok(['git', 'tag', name], { cwd });
  await client.ok(['git', 'push', '-q', rootUrl(server, project), '--all'], { cwd });
  await client.ok(['git', 'push', '-q', rootUrl(server, project), '--tags'], { cwd });
}

/** A month of a busy project, and of its first token. */
async function useEngine({ db }: TestServer, { id }: Project): Promise<void> {
  const today = Math.floor(Date.now() / DAY);
  const busy = { git: 40, registry: 90, npm: 25, maven: 12 };
  const rows = Array.from({ length: 30 }, (_, i) =>
    Object.entries(busy).map(([protocol, most]) => {
      const requests = Math.round((most * (2 + Math.sin(i * 1.3) + Math.cos(i * most))) / 4);
      return { subject_id: id, day: today - i, protocol, requests: i % 7 === 2 ? 0 : requests };
    }),
  ).flat();
  await addUsage(
    db,
    rows.map((row) => ({ ...row, subject_kind: 'project' as const })),
  );
  const pulls = rows.filter(({ protocol }) => protocol === 'registry');
  await addUsage(
    db,
    pulls.map((row) => ({ ...row, subject_id: 1, subject_kind: 'token' as const })),
  );
}

async function shoot(visitor: Visitor, folder: string, shot: Shot, width: keyof typeof WIDTHS): Promise<void> {
  const { page } = visitor;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(WIDTHS[width]);
    await page.goto('about:blank');
    await page.goto(shot.path);
    await shot.first?.(page, server);
    const path = join(folder, `${shot.name}-${width}-${colorScheme}.png`);
    await page.screenshot({ path, fullPage: !/-(revoke|change|confirm)$/.test(shot.name) });
    console.log(path);
  }
}

const [folder = 'tmp/screenshots', part = ''] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
await using server = await startServer('sqlite');
await furnish(server);
const wanted = pages.filter(({ name }) => name.includes(part));
for (const who of new Set(wanted.map(({ as = 'ada' }) => as))) {
  await using visitor = await openVisitor(server.url);
  if (who !== null) await visitor.signIn(who, PASSWORD);
  for (const width of ['desk', 'phone'] as const)
    for (const shot of wanted.filter(({ as = 'ada' }) => as === who)) await shoot(visitor, folder, shot, width);
}
await (await launchBrowser()).close();
