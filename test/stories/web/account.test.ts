import { expect } from 'bun:test';
import { expectAccessible, inBrowser, openVisitor, PHONE } from '../../support/browser.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

const TOKENS = '/-/user_settings/personal_access_tokens';

onOneServer('the account pages', (started) => {
  const story = inBrowser();

  story('a personal access token is made, shown once, rotated and revoked; the API believes each', async () => {
    const { seed, url } = await started;
    await seed.user({ username: 'ada', password: PASSWORD });
    const statusOf = async (token: string) =>
      (await fetch(`${url}/api/v4/user`, { headers: { 'PRIVATE-TOKEN': token } })).status;
    await using visitor = await openVisitor(url);
    const { page } = visitor;
    await visitor.signIn('ada', PASSWORD);
    await page.goto('/');
    await page.getByRole('button', { name: 'ada' }).click();
    await page.getByRole('link', { name: 'Personal access tokens' }).click();
    await expectAccessible(page);

    await page.getByLabel('Name', { exact: true }).fill('<b>backup</b>');
    await page.getByRole('button', { name: 'Create personal access token' }).click();
    expect(await page.locator('.mistake').textContent()).toBe("Scopes can't be blank");
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('<b>backup</b>');
    await page.getByLabel('read_api').check();
    await page.getByRole('button', { name: 'Create personal access token' }).click();
    const secret = await page.getByLabel('Token', { exact: true }).inputValue();
    expect(secret).toMatch(/^glpat-/);
    expect(await statusOf(secret)).toBe(200);
    await expectAccessible(page);
    await page.reload();
    expect(page.url()).toBe(`${url}${TOKENS}`);
    expect(await page.content()).not.toContain(secret);

    await page.getByRole('button', { name: 'Rotate <b>backup</b>' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate <b>backup</b>' }).click();
    const next = await page.getByLabel('Token', { exact: true }).inputValue();
    expect([await statusOf(secret), await statusOf(next)]).toEqual([401, 200]);
    await page.goto(TOKENS);
    await page.getByRole('button', { name: 'Revoke <b>backup</b>' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke <b>backup</b>' }).click();
    expect(await page.getByRole('status').textContent()).toContain('<b>backup</b> was revoked.');
    expect(await statusOf(next)).toBe(401);
    visitor.expectNoComplaints();
  });

  story('a new password, on a phone, takes the old one and ends the sessions of all other browsers', async () => {
    const { seed, url } = await started;
    await seed.user({ username: 'grace', password: PASSWORD });
    await using other = await openVisitor(url);
    await using visitor = await openVisitor(url, { viewport: PHONE, javaScriptEnabled: false });
    const { page } = visitor;
    await other.signIn('grace', PASSWORD);
    await visitor.signIn('grace', PASSWORD);
    await page.goto('/-/user_settings/password/edit');
    const change = async (current: string, next: string, again = next) => {
      await page.getByLabel('Current password').fill(current);
      await page.getByLabel('New password', { exact: true }).fill(next);
      await page.getByLabel('Repeat the new password').fill(again);
      await page.getByRole('button', { name: 'Change password' }).click();
      return page.locator('.mistake, .notice').textContent();
    };
    expect(await change('wrong', 'another horse battery')).toBe('The password is wrong');
    expect(await change(PASSWORD, 'another horse battery', 'another')).toBe('The two passwords differ');
    expect(await change(PASSWORD, 'short')).toBe('Password is too short (minimum is 8 characters)');
    const before = await visitor.context.cookies();
    expect(await change(PASSWORD, 'another horse battery')).toContain(
      'Password changed. All your other sessions were ended.',
    );
    expect((await visitor.context.cookies())[0]?.value).not.toBe(before[0]?.value ?? '');
    await other.page.goto('/-/user_settings/profile');
    expect(new URL(other.page.url()).pathname).toBe('/users/sign_in');
    await other.signIn('grace', 'another horse battery');
    visitor.expectNoComplaints();
  });

  story('sessions are listed, and ended one by one or all others at once', async () => {
    const { seed, url } = await started;
    await seed.user({ username: 'joan', password: PASSWORD });
    await using visitor = await openVisitor(url);
    await using second = await openVisitor(url);
    await using third = await openVisitor(url);
    for (const one of [visitor, second, third]) await one.signIn('joan', PASSWORD);
    const { page } = visitor;
    await page.goto('/-/user_settings/active_sessions');
    await expectAccessible(page);
    const rows = page.getByRole('rowheader');
    expect(await rows.count()).toBe(3);
    expect(await page.getByRole('row', { name: /this one/ }).count()).toBe(1);
    const outside = async (one: typeof visitor) => {
      await one.page.goto('/-/user_settings/profile');
      return new URL(one.page.url()).pathname === '/users/sign_in';
    };
    await page
      .getByRole('button', { name: /^Revoke the session of/ })
      .first()
      .click();
    expect(await page.getByRole('status').textContent()).toBe('Session revoked. That browser is signed out.');
    expect(await rows.count()).toBe(2);
    expect([await outside(second), await outside(third)].sort()).toEqual([false, true]);
    await page.goto('/-/user_settings/active_sessions');
    await page.getByRole('button', { name: 'Revoke all other sessions' }).click();
    expect(await rows.count()).toBe(1);
    expect([await outside(second), await outside(third)]).toEqual([true, true]);
    await page.goto('/-/user_settings/profile');
    await expectAccessible(page);
    await page.getByLabel('Name', { exact: true }).fill('Joan <Clarke>');
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('status').textContent()).toBe('Saved. Your name is now Joan <Clarke>.');
    for (const one of [visitor, second, third]) one.expectNoComplaints();
  });
});
