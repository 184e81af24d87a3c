/** @jsxImportSource hono/jsx */
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { keepSession } from '../../session-cookie.ts';
import { Button } from '../../views/button.tsx';
import { Form, TextField } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { type Typed, UNTYPED } from '../../views/typed.ts';
import { tooOften } from '../../wait.ts';
import { Account } from './account.tsx';
import { ACCOUNT } from './addresses.ts';
import { signedIn } from './me.ts';

const FIELDS = { password: 'new_password' };

export const showPassword = (visit: Visit): Page => passwordPage(visit, UNTYPED);

/** Ends every session, also this one: the browser that did it goes on with a new one. */
export async function changePassword(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const { id, username } = signedIn(visit);
  const { context } = visit;
  const { sessions, users } = web.services;
  const current = form.get('current_password') ?? '';
  const next = form.get('new_password') ?? '';
  try {
    if (next !== form.get('new_password_again')) throw new Mistake('new_password_again', 'The two passwords differ');
    const wrong = await web.confirmPassword(username, current, { ip: context.ip, requestId: context.id });
    if (wrong) return refused(visit, wrong);
    await users.setPassword(id, next, context);
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    return { ...passwordPage(visit, { values: form, mistakes }), status: 422 };
  }
  const agent = context.request.headers.get('user-agent') ?? '';
  const secret = await sessions.begin(id, { ip: context.ip, agent });
  return redirect(`${ACCOUNT.password}?saved`, 303, { 'Set-Cookie': keepSession(secret, web.links) });
}

function refused(visit: Visit, wrong: { message: string; retryAfterSeconds: number }): Page {
  const { retryAfterSeconds } = wrong;
  const page = passwordPage(visit, { ...UNTYPED, mistakes: { current_password: tooOften(wrong) } });
  return { ...page, status: retryAfterSeconds > 0 ? 429 : 422, retryAfterSeconds };
}

function passwordPage({ query }: Visit, typed: Typed): Page {
  const password = { type: 'password', required: true, typed } as const;
  const body = (
    <Account tab="Password">
      {query.has('saved') ? <Notice kind="good">Password changed. All your other sessions were ended.</Notice> : null}
      <section class="card stack">
        <p class="soft">
          Changing the password ends all your other sessions. Your personal access tokens and the deploy tokens you
          created keep working.
        </p>
        <Form action={ACCOUNT.password}>
          <TextField name="current_password" label="Current password" autocomplete="current-password" {...password} />
          <TextField
            name="new_password"
            label="New password"
            hint="At least 8 characters. Long is better than complicated."
            autocomplete="new-password"
            maxlength={128}
            {...password}
          />
          <TextField
            name="new_password_again"
            label="Repeat the new password"
            autocomplete="new-password"
            maxlength={128}
            {...password}
          />
          <div>
            <Button kind="primary">Change password</Button>
          </div>
        </Form>
      </section>
    </Account>
  );
  return { title: 'Password', body };
}
