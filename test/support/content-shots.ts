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
  { name: 'account-sessions', path: '/-/user_settings/active_sessions' },
];
