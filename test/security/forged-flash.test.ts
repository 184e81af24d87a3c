/**
 * The attack: a link that has a page of ours say what is not so: that a password was changed, a limit saved, a project
 * deleted. The victim then calls the sender of the link.
 */
import { expect, test } from 'bun:test';
import { ROLES } from '../../src/domain/members/roles.ts';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';

onEachEngine('notices forged by a link', (engine) => {
  const scene = async () => {
    const app = await startApp(engine);
    const group = await app.seed.group(null, { path: 'house' });
    await app.seed.project(group, { path: 'garden' });
    for (const username of ['ada', 'bob', 'eve']) await app.seed.user({ username, password: PASSWORD, admin: true });
    const pages = pagesOf(app);
    const { cookie, token } = await pages.signIn('ada');
    const text = async (path: string, more = '') => (await pages.get(path, { Cookie: cookie + more })).text();
    const send = (path: string, fields: Record<string, string>) =>
      pages.post(path, { authenticity_token: token, ...fields }, { Cookie: cookie });
    return { app, ...pages, cookie, text, send };
  };
  /** The cookies that an answer sets, as the browser sends them back. */
  const setBy = (answer: Response) => answer.headers.getSetCookie().map((one) => `; ${one.split(';')[0]}`);

  test('no page says what nothing has done', async () => {
    const { app, text } = await scene();
    await using _ = app;
    for (const path of [
      '/?deleted=house',
      '/?left=house',
      '/groups/house/-/usage_quotas?saved',
      '/house/garden/-/usage_quotas?saved',
      '/house/garden/edit?saved=general',
      '/admin/users/bob?done=password',
      '/-/user_settings/profile?saved',
      '/-/user_settings/password/edit?saved',
      '/-/user_settings/active_sessions?ended',
      '/house/garden/-/settings/packages_and_registries?removed=999',
      '/house/garden/-/packages?deleted=999',
      '/house/garden/container_registry?deleted=999',
    ])
      for (const note of ['', '; postern-flash=', '; postern-flash=made-up'])
        expect([path, /notice-good/.test(await text(path, note))]).toEqual([path, false]);
  });

  test('a completed action is announced once, at its own address, to its author', async () => {
    const { app, get, follow, signIn, cookie, text, send } = await scene();
    await using _ = app;
    const quota = '/groups/house/-/usage_quotas';
    const saved = await send(quota, { storage_limit: '10 gib' });
    expect([saved.status, saved.headers.get('location')]).toEqual([303, `${quota}?saved`]);
    const [note = ''] = setBy(saved);
    expect(note).toStartWith('; postern-flash=');
    expect(saved.headers.getSetCookie()[0]).toMatch(/HttpOnly.*SameSite=Lax/);

    // Neither another page of theirs, nor the same of someone else.
    for (const path of ['/house/garden/-/usage_quotas?saved', '/?deleted=house'])
      expect([path, /notice-good/.test(await text(path, note))]).toEqual([path, false]);
    const eve = await signIn('eve');
    expect(await (await get(`${quota}?saved`, { Cookie: eve.cookie + note })).text()).not.toContain('notice-good');

    const shown = await follow(saved, cookie);
    expect(await shown.text()).toMatch(/notice-good" role="status">Saved\./);
    expect(shown.headers.getSetCookie()).toEqual([expect.stringMatching(/^postern-flash=; Max-Age=0/)]);
    expect(await text(`${quota}?saved`)).not.toContain('notice-good');
  });

  test('deleting a project or group, and leaving one, is announced on the next page', async () => {
    const { app, follow, cookie, send } = await scene();
    await using _ = app;
    const garden = await send('/house/garden/edit/destroy', { confirm: 'house/garden' });
    expect(await (await follow(garden, cookie)).text()).toContain('<strong>house/garden</strong> is deleted');
    const member = await app.services.users.list({ username: 'ada' }, { page: 1, perPage: 1 });
    const group = await app.services.access.group('house', null);
    if (group.on !== 'group') throw new Error('the scene has no group');
    const owner = { kind: 'group', id: group.group.id } as const;
    await app.services.members.add(owner, member.items[0]?.id ?? 0, { level: ROLES.developer }, app.by);
    const left = await send('/groups/house/-/group_members/leave', {});
    expect(await (await follow(left, cookie)).text()).toContain('You have left <strong>house</strong>.');
    const house = await send('/groups/house/-/edit/destroy', { confirm: 'house' });
    expect(await (await follow(house, cookie)).text()).toContain('<strong>house</strong> is deleted');
  });

  test('a new password begins a new session, which shows the notice', async () => {
    const { app, follow, cookie, send } = await scene();
    await using _ = app;
    const fields = { current_password: PASSWORD, new_password: 'another good horse' };
    const changed = await send('/-/user_settings/password/edit', {
      ...fields,
      new_password_again: fields.new_password,
    });
    expect(changed.headers.getSetCookie()).toHaveLength(2);
    expect(await (await follow(changed, cookie)).text()).toContain(
      'Password changed. All your other sessions were ended.',
    );
  });
});
