import type { Shot } from './settings-shots.ts';

/** The pages of images and packages, and those about oneself. */
export const contentShots: readonly Shot[] = [
  { name: 'images', path: '/analytical/engine/container_registry' },
  { name: 'images-group', path: '/groups/analytical/-/container_registries' },
  { name: 'images-none', path: '/analytical/difference/container_registry' },
  {
    name: 'image',
    path: '/analytical/engine/container_registry',
    first: async (page) => {
      await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
      await page.getByLabel('Pull').waitFor();
    },
  },
  {
    name: 'image-tag',
    path: '/analytical/engine/container_registry',
    first: async (page) => {
      await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
      await page.getByRole('link', { name: 'v1.1.0', exact: true }).click();
      await page.locator('dl').first().waitFor();
    },
  },
  {
    name: 'image-tags-confirm',
    path: '/analytical/engine/container_registry',
    first: async (page) => {
      await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
      for (const tag of ['v1.0.0', 'latest']) await page.getByLabel(`Tick ${tag}`).check();
      await page.getByRole('button', { name: 'Delete ticked tags' }).click();
    },
  },
  {
    name: 'image-untagged',
    path: '/analytical/engine/container_registry',
    first: async (page) => {
      await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
      await page.getByRole('link', { name: 'without a tag' }).click();
      await page.getByRole('heading', { name: 'Without a tag' }).waitFor();
    },
  },
  {
    name: 'image-digest',
    path: '/analytical/engine/container_registry',
    first: async (page) => {
      await page.getByRole('link', { name: 'analytical/engine/mill' }).click();
      await page.getByRole('link', { name: 'v1.1.0', exact: true }).click();
      await page.getByRole('rowheader', { name: 'linux/arm64' }).waitFor();
      await page.getByRole('row', { name: 'linux/arm64' }).getByRole('link').click();
      await page.getByText('Part of').waitFor();
    },
  },
  { name: 'images-none-of-reader', path: '/analytical/difference/container_registry', as: 'somerville' },
  { name: 'packages-none-of-reader', path: '/analytical/difference/-/packages', as: 'somerville' },
  {
    name: 'package-pypi',
    path: '/analytical/engine/-/packages?type=pypi',
    first: async (page) => {
      await page.getByRole('link', { name: 'weaving' }).first().click();
      await page.locator('pre').first().waitFor();
    },
  },
  { name: 'packages', path: '/analytical/engine/-/packages' },
  { name: 'packages-group', path: '/groups/analytical/-/packages' },
  { name: 'packages-none', path: '/analytical/difference/-/packages' },
  {
    name: 'package',
    path: '/analytical/engine/-/packages',
    first: async (page) => {
      await page.getByRole('link', { name: '@analytical/cards' }).first().click();
      await page.locator('pre').first().waitFor();
    },
  },
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
