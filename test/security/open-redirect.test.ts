/**
 * The attack: a link to our sign-in page that, once signed in, leads to a page of the attacker that looks like ours and
 * asks for the password again.
 */

import { expect, test } from 'bun:test';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';

const ELSEWHERE = [
  'https://evil.test/',
  '//evil.test/',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  '/\t/evil.test',
  '/\n/evil.test',
  'javascript:alert(1)',
  'evil.test',
  '/..//evil.test',
  '/%0d%0aLocation:https://evil.test',
  '@evil.test',
];

onEachEngine('open redirects', (engine) => {
  test('signing in leads to pages of ours alone', async () => {
    await using app = await startApp(engine);
    await app.seed.user({ username: 'ada', password: PASSWORD });
    const { signIn, get } = pagesOf(app);
    const within = async (location: string | null, of: string) => {
      const url = new URL(location ?? '', 'http://postern.test');
      expect([of, url.origin]).toEqual([of, 'http://postern.test']);
      expect([of, location?.startsWith('//') ?? false]).toEqual([of, false]);
    };
    // Addresses within the server are kept; all others lead to the front page.
    const safe = '/%0d%0aLocation:https://evil.test';
    for (const place of ELSEWHERE) {
      const { answer, cookie } = await signIn('ada', { fields: { return_to: place } });
      expect(answer.status).toBe(303);
      await within(answer.headers.get('location'), place);
      expect([place, answer.headers.get('location')]).toEqual([place, place === safe ? safe : '/']);
      const again = await get(`/users/sign_in?return_to=${encodeURIComponent(place)}`, { Cookie: cookie });
      await within(again.headers.get('location'), place);
    }
    const back = await signIn('ada', { fields: { return_to: '/house/garden?page=2' } });
    expect(back.answer.headers.get('location')).toBe('/house/garden?page=2');
  });

  test('a user who was signed out while typing returns to the same page, and to no other', async () => {
    await using app = await startApp(engine);
    await app.seed.user({ username: 'ada', password: PASSWORD });
    const { post } = pagesOf(app);
    const profile = '/-/user_settings/profile';
    const signInFrom = async (referer: string) => {
      const answer = await post(profile, { name: 'Ada' }, { Cookie: 'postern=over', Referer: referer });
      expect([referer, answer.status]).toEqual([referer, 401]);
      return /<a class="button button-primary" href="([^"]*)">Sign in/.exec(await answer.text())?.[1];
    };
    const here = 'http://postern.test';
    expect(await signInFrom(`${here}${profile}`)).toBe(`/users/sign_in?return_to=${profile}`);
    expect(await signInFrom(`${here}/a/b?page=2&search=x`)).toBe(
      '/users/sign_in?return_to=/a/b%3Fpage%3D2%26search%3Dx',
    );
    for (const elsewhere of [
      // No header has a line break in it.
      ...ELSEWHERE.filter((one) => !one.includes('\n')),
      '',
      `https://evil.test${profile}`,
      `http://postern.test.evil.test${profile}`,
      `http://postern.test@evil.test${profile}`,
      `${here}//evil.test/`,
      `${here}/\\evil.test/`,
      `${here}/users/sign_in?return_to=//evil.test`,
      `${here}/users/sign_out`,
    ])
      expect([elsewhere, await signInFrom(elsewhere)]).toEqual([elsewhere, '/users/sign_in']);
  });
});
