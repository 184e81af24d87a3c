import type { Page } from 'playwright-core';
import type { Shot } from './settings-shots.ts';

/** A page of the image `mill`, or one that it leads to. */
const ofMill = (name: string, then: (page: Page) => Promise<void>): Shot => ({
  name,
  path: '/analytical/engine/container_registry',
  first: async (page) => {
    await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
    await then(page);
  },
});

/** The page of a package, by its link in the list. */
const ofPackage = (name: string, query: string, called: string): Shot => ({
  name,
  path: `/analytical/engine/-/packages${query}`,
  first: async (page) => {
    await page.getByRole('link', { name: called }).first().click();
    await page.locator('pre').first().waitFor();
  },
});

/** The pages of images and packages, and the account pages. */
export const contentShots: readonly Shot[] = [
  { name: 'images', path: '/analytical/engine/container_registry' },
  { name: 'images-group', path: '/groups/analytical/-/container_registries' },
  { name: 'images-none', path: '/analytical/difference/container_registry' },
  ofMill('image', (page) => page.getByLabel('Pull').waitFor()),
  ofMill('image-tag', async (page) => {
    await page.getByRole('link', { name: 'v1.1.0', exact: true }).click();
    await page.locator('dl').first().waitFor();
  }),
  ofMill('image-tags-confirm', async (page) => {
    for (const tag of ['v1.0.0', 'latest']) await page.getByLabel(`Select ${tag}`).check();
    await page.getByRole('button', { name: 'Delete selected tags' }).click();
  }),
  ofMill('image-untagged', async (page) => {
    await page.getByRole('link', { name: 'untagged' }).click();
    await page.getByRole('heading', { name: 'Untagged' }).waitFor();
  }),
  ofMill('image-digest', async (page) => {
    await page.getByRole('link', { name: 'v1.1.0', exact: true }).click();
    await page.getByRole('rowheader', { name: 'linux/arm64' }).waitFor();
    await page.getByRole('row', { name: 'linux/arm64' }).getByRole('link').click();
    await page.getByText('Part of').waitFor();
  }),
  { name: 'images-none-of-reader', path: '/analytical/difference/container_registry', as: 'somerville' },
  { name: 'packages-none-of-reader', path: '/analytical/difference/-/packages', as: 'somerville' },
  ofPackage('package-pypi', '?type=pypi', 'weaving'),
  { name: 'packages', path: '/analytical/engine/-/packages' },
  { name: 'packages-group', path: '/groups/analytical/-/packages' },
  { name: 'packages-none', path: '/analytical/difference/-/packages' },
  ofPackage('package', '', '@analytical/cards'),
  { name: 'account-profile', path: '/-/user_settings/profile' },
  { name: 'account-password', path: '/-/user_settings/password/edit' },
  { name: 'account-tokens', path: '/-/user_settings/personal_access_tokens' },
  {
    name: 'account-token-created',
    path: '/-/user_settings/personal_access_tokens',
    first: async (page) => {
      if (!(await page.getByLabel('Name', { exact: true }).isVisible()))
        await page.getByText('Create a personal access token').first().click();
      await page.getByLabel('Name', { exact: true }).fill('laptop');
      await page.getByRole('checkbox').first().check();
      await page.getByRole('button', { name: 'Create personal access token' }).click();
      await page.getByLabel('Token', { exact: true }).waitFor();
    },
  },
  { name: 'account-sessions', path: '/-/user_settings/active_sessions' },
];
