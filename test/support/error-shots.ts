import type { Page } from 'playwright-core';
import type { TestServer } from './server.ts';
import type { Shot } from './settings-shots.ts';

/** The error pages. */
export const errorShots: readonly Shot[] = [
  { name: 'error-401', path: '/-/user_settings/profile', first: sendSignedOut },
  { name: 'error-403', path: '/admin/users', as: 'somerville' },
  { name: 'error-403-off', path: '/analytical/tools/loom/-/packages' },
  { name: 'error-404', path: '/analytical/nothing' },
  { name: 'error-405', path: '/analytical/engine/-/packages/1/delete' },
  { name: 'error-429', path: '/users/sign_in', as: null, first: guess },
  { name: 'error-500', path: '/explore', first: breakDown },
];

/** The session ends while someone types. It is there again for the next picture. */
async function sendSignedOut(page: Page): Promise<void> {
  const cookies = await page.context().cookies();
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Error 401').waitFor();
  await page.context().addCookies(cookies);
}

async function guess(page: Page): Promise<void> {
  while (!(await page.getByText('Too many failed sign-ins').isVisible())) {
    await page.getByLabel('User name or e-mail').fill('nobody');
    await page.getByLabel('Password').fill('a guess');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('status').waitFor();
  }
}

/** A table is gone while the page is asked for. */
async function breakDown(page: Page, { db }: TestServer): Promise<void> {
  await db.schema.alterTable('image_tags').renameTo('image_tags_elsewhere').execute();
  await page.goto('/analytical/engine/container_registry');
  await db.schema.alterTable('image_tags_elsewhere').renameTo('image_tags').execute();
}
