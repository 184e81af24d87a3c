/** @jsxImportSource hono/jsx */
import type { User } from '../../../domain/users/users.ts';
import { mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { Form, TextField, type Typed, UNTYPED } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { Time } from '../../views/time.tsx';
import { Account } from './account.tsx';
import { ACCOUNT } from './addresses.ts';
import { meOf } from './me.ts';

export async function showProfile(web: Web, visit: Visit): Promise<Page> {
  return profilePage(await meOf(web, visit), visit, UNTYPED);
}

export async function saveProfile(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const me = await meOf(web, visit);
  try {
    await web.services.users.rename(me.id, form.get('name') ?? '');
    return redirect(`${ACCOUNT.profile}?saved`);
  } catch (error) {
    const mistakes = mistakesOf(error, { name: 'name' });
    if (!mistakes) throw error;
    return { ...profilePage(me, visit, { values: form, mistakes }), status: 422 };
  }
}

function profilePage(me: User, { query }: Visit, typed: Typed): Page {
  const body = (
    <Account tab="Profile">
      {query.has('saved') ? (
        <Notice kind="good">
          Saved. You are called <strong>{me.name}</strong>.
        </Notice>
      ) : null}
      <section class="card stack">
        <Form action={ACCOUNT.profile}>
          <TextField
            name="name"
            label="Name"
            hint="What people know you by."
            value={me.name}
            maxlength={255}
            autocomplete="name"
            required
            typed={typed}
          />
          <div>
            <Button kind="primary">Save</Button>
          </div>
        </Form>
      </section>
      <Facts me={me} />
    </Account>
  );
  return { title: 'Profile', body };
}

function Facts({ me }: { me: User }) {
  return (
    <dl class="facts">
      <dt>User name</dt>
      <dd>
        <code>{me.username}</code>
      </dd>
      <dt>E-mail</dt>
      <dd>{me.email}</dd>
      <dt>Here since</dt>
      <dd>
        <Time at={me.createdAt} />
      </dd>
      {me.admin ? (
        <>
          <dt>Rights</dt>
          <dd>Administrator of this server</dd>
        </>
      ) : null}
    </dl>
  );
}
