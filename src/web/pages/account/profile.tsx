/** @jsxImportSource hono/jsx */
import type { StorageUse } from '../../../domain/quota/storage.ts';
import type { User } from '../../../domain/users/users.ts';
import { mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { Form, TextField } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { StorageFacts } from '../../views/storage-use.tsx';
import { Time } from '../../views/time.tsx';
import { type Typed, UNTYPED } from '../../views/typed.ts';
import { Account } from './account.tsx';
import { ACCOUNT } from './addresses.ts';
import { meOf } from './me.ts';

export async function showProfile(web: Web, visit: Visit): Promise<Page> {
  return profilePage(await read(web, visit), visit, UNTYPED);
}

interface Shown {
  me: User;
  /** Storage used by the user's personal projects. */
  use: StorageUse | null;
}

async function read(web: Web, visit: Visit): Promise<Shown> {
  const me = await meOf(web, visit);
  const own = await web.services.access.personalNamespace(me.id);
  const use = own.on === 'group' ? await web.services.storage.use({ kind: 'namespace', group: own.group }) : null;
  return { me, use };
}

export async function saveProfile(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const me = await meOf(web, visit);
  try {
    await web.services.users.rename(me.id, form.get('name') ?? '', visit.context);
    return redirect(`${ACCOUNT.profile}?saved`);
  } catch (error) {
    const mistakes = mistakesOf(error, { name: 'name' });
    if (!mistakes) throw error;
    return { ...profilePage(await read(web, visit), visit, { values: form, mistakes }), status: 422 };
  }
}

function profilePage({ me, use }: Shown, { query }: Visit, typed: Typed): Page {
  const body = (
    <Account tab="Profile">
      {query.has('saved') ? (
        <Notice kind="good">
          Saved. Your name is now <strong>{me.name}</strong>.
        </Notice>
      ) : null}
      <section class="card stack">
        <Form action={ACCOUNT.profile}>
          <TextField
            name="name"
            label="Name"
            hint="Your display name."
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
      {use === null ? null : (
        <section class="card stack" aria-labelledby="storage">
          <h2 id="storage">Storage of your personal projects</h2>
          <StorageFacts use={use} />
        </section>
      )}
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
      <dt>Member since</dt>
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
