/**
 * The attack: obtain the session of a signed-in user: read its cookie by a script or over a wire without TLS,
 * plant a session before they sign in (fixation), go on with one that they ended, or use it where it is good for more.
 */

import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';

onEachEngine('stolen sessions', (engine) => {
  const scene = async (url = 'http://postern.test') => {
    const app = await startApp(engine, { POSTERN_URL: url });
    await app.seed.user({ username: 'ada', password: PASSWORD });
    return { app, ...pagesOf(app, url) };
  };
  const profile = '/-/user_settings/profile';

  test('the cookie is for no script and no other site, and behind TLS for this host and TLS alone', async () => {
    const plain = await scene();
    await using _ = plain.app;
    const attributes = (await plain.signIn('ada')).answer.headers.get('set-cookie') ?? '';
    expect(attributes).toContain('HttpOnly');
    expect(attributes).toContain('SameSite=Lax');
    expect(attributes).toContain('Path=/');
    const behindTls = await scene('https://postern.test');
    await using __ = behindTls.app;
    const secure = (await behindTls.signIn('ada')).answer.headers.get('set-cookie') ?? '';
    expect(secure).toStartWith('__Host-');
    expect(secure).toContain('Secure');
    expect(secure).not.toMatch(/domain/i);
  });

  test('signing in begins a new session and ends the one that the browser brought', async () => {
    const { app, signIn, get } = await scene();
    await using _ = app;
    const planted = await signIn('ada');
    const own = await signIn('ada', { cookie: planted.cookie });
    expect(own.cookie).not.toBe(planted.cookie);
    expect((await get(profile, { Cookie: own.cookie })).status).toBe(200);
    expect((await get(profile, { Cookie: planted.cookie })).status).toBe(303);
    const madeUp = await signIn('ada', { cookie: 'postern=made-up' });
    expect(madeUp.cookie).not.toContain('made-up');
  });

  test('a session that was signed out of is over, also for who copied its cookie', async () => {
    const { app, signIn, get, post } = await scene();
    await using _ = app;
    const { cookie, token } = await signIn('ada');
    await post('/users/sign_out', { authenticity_token: token }, { Cookie: cookie });
    expect((await get(profile, { Cookie: cookie })).headers.get('location')).toStartWith('/users/sign_in');
  });

  test('a new password ends every session, and begins a new one where it was changed', async () => {
    const { app, signIn, get, post } = await scene();
    await using _ = app;
    const stolen = await signIn('ada');
    const own = await signIn('ada');
    const fields = {
      current_password: PASSWORD,
      new_password: 'another good horse',
      new_password_again: 'another good horse',
    };
    const changed = await post(
      '/-/user_settings/password/edit',
      { ...fields, authenticity_token: own.token },
      { Cookie: own.cookie },
    );
    const next = (changed.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    expect((await get(profile, { Cookie: next })).status).toBe(200);
    for (const { cookie } of [stolen, own]) expect((await get(profile, { Cookie: cookie })).status).toBe(303);
  });

  test('a session opens the pages alone: not the API, not git, not the registry', async () => {
    const { app, signIn, get } = await scene();
    await using _ = app;
    const { cookie } = await signIn('ada');
    const secret = cookie.slice(cookie.indexOf('=') + 1);
    for (const headers of [{ Cookie: cookie }, { Authorization: `Bearer ${secret}` }, { 'PRIVATE-TOKEN': secret }]) {
      expect((await get('/api/v4/user', headers)).status).toBe(401);
      expect((await get('/v2/', headers)).status).toBe(401);
    }
  });
});
