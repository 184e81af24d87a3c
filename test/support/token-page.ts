import type { Page } from 'playwright-core';

/** Makes a token with these scopes. @returns its secret. */
export async function makeToken(page: Page, settings: string, scopes: readonly string[]): Promise<string> {
  await page.goto('about:blank');
  await page.goto(settings);
  await page.getByLabel('Name', { exact: true }).fill('pipeline');
  for (const scope of scopes) await page.getByRole('checkbox', { name: scope, exact: true }).check();
  await page.getByRole('button', { name: 'Create deploy token' }).click();
  return page.getByLabel('Token', { exact: true }).inputValue();
}

/** Every snippet on the page. */
export async function snippetsOn(page: Page): Promise<{ title: string; text: string }[]> {
  const figures = await page.locator('figure.snippet').all();
  return Promise.all(
    figures.map(async (figure) => {
      const [title, text] = await Promise.all([
        figure.locator('figcaption').textContent(),
        figure.locator('pre').textContent(),
      ]);
      return { title: title ?? '', text: text ?? '' };
    }),
  );
}
