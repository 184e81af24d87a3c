/** @jsxImportSource hono/jsx */
import type { Problem } from '../../../http/route.ts';
import type { Page } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { Form, TextField } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import type { Typed } from '../../views/typed.ts';
import { tooOften } from '../../wait.ts';

interface SignIn {
  /** Where to go on after it. */
  returnTo: string;
  /** The submitted form and the reason for the failure. */
  failed?: { login: string; problem: Problem; requestId: string };
}

export function signInPage({ returnTo, failed }: SignIn): Page {
  const typed: Typed = { values: new URLSearchParams({ login: failed?.login ?? '' }), mistakes: {} };
  const body = (
    <div class="alone">
      <h1>Sign in</h1>
      {failed ? (
        <Notice kind="bad">
          {failed.problem.status === 401 ? 'The user name or password is wrong.' : tooOften(failed.problem)}
        </Notice>
      ) : null}
      <Form action="/users/sign_in">
        <input type="hidden" name="return_to" value={returnTo} />
        <TextField
          name="login"
          label="User name or e-mail"
          typed={typed}
          required
          autocomplete="username"
          autofocus={failed === undefined}
        />
        <TextField
          name="password"
          label="Password"
          type="password"
          required
          autocomplete="current-password"
          autofocus={failed !== undefined}
        />
        <Button kind="primary">Sign in</Button>
      </Form>
      {failed?.problem.status === 429 ? (
        <p class="soft small">
          Request <code>{failed.requestId}</code>
        </p>
      ) : null}
    </div>
  );
  return { title: 'Sign in', body, status: failed?.problem.status ?? 200 };
}
