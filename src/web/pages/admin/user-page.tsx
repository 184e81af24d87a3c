/** @jsxImportSource hono/jsx */

import type { StorageUse } from '../../../domain/quota/storage.ts';
import type { User } from '../../../domain/users/users.ts';
import { defined } from '../../../lib/defined.ts';
import type { Page, Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { Confirm, Dialog } from '../../views/dialog.tsx';
import { Form, TextField } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { Section } from '../../views/section.tsx';
import { LimitForm, StorageFacts } from '../../views/storage-use.tsx';
import { Time } from '../../views/time.tsx';
import type { Typed } from '../../views/typed.ts';
import { AdminHeader } from './admin-header.tsx';
import { userAddress } from './users-page.tsx';

const DONE: Readonly<Record<string, string>> = {
  created: 'The user can sign in.',
  limit: 'Storage limit saved.',
  password: 'Password changed. All sessions of this user were ended.',
};

/** The outcome of a form on the page. */
export interface Outcome {
  /** The submitted new password form, with its errors. */
  typed?: Typed;
  /** The same for how much may be stored. */
  limit?: Typed;
  /** Why a change was not made. */
  refused?: string;
}

interface ShownUser {
  user: User;
  /** Storage used by the user's personal projects. */
  use: StorageUse;
}

export function userPage(visit: Visit, { user, use }: ShownUser, { typed, limit, refused }: Outcome = {}): Page {
  const shown = visit.query.get('done') ?? '';
  const done = Object.hasOwn(DONE, shown) ? DONE[shown] : undefined;
  const self = user.id === visit.actor?.id;
  const body = (
    <AdminHeader tab="Users">
      {done === undefined ? null : <Notice kind="good">{done}</Notice>}
      {refused === undefined ? null : <Notice kind="bad">{refused}.</Notice>}
      <section class="card stack" aria-labelledby="user">
        <div class="row">
          <h2 id="user">{user.username}</h2>
          {user.admin ? <Badge kind="good">administrator</Badge> : null}
          {user.blocked ? <Badge kind="bad">blocked</Badge> : null}
        </div>
        <dl class="facts">
          <dt>Name</dt>
          <dd>{user.name}</dd>
          <dt>E-mail</dt>
          <dd>{user.email}</dd>
          <dt>Member since</dt>
          <dd>
            <Time at={user.createdAt} />
          </dd>
          <dt>Activity</dt>
          <dd>
            <a href={`/admin/audit_logs?who=${encodeURIComponent(user.username)}`}>Audit log</a>
          </dd>
        </dl>
        {self ? <p class="soft">This is you.</p> : <Tools user={user} />}
      </section>
      <OwnStorage user={user} use={use} typed={limit} open={limit !== undefined || shown === 'limit'} />
      {self ? null : <Password user={user} typed={typed} />}
    </AdminHeader>
  );
  return { title: user.username, body };
}

/** Actions on another user. */
function Tools({ user }: { user: User }) {
  return (
    <div class="row">
      <Rights user={user} />
      <Blocking user={user} />
    </div>
  );
}

function Rights({ user: { username, admin } }: { user: User }) {
  const address = userAddress(username);
  const title = `Make ${username} an administrator?`;
  return admin ? (
    <>
      <Button kind="quiet-danger" opens="unmake-admin">
        Remove administrator rights
      </Button>
      <Confirm
        id="unmake-admin"
        action={`${address}/unmake_admin`}
        title={`Remove administrator rights of ${username}?`}
        button="Remove rights"
      >
        <p>The user keeps the account, roles and tokens, and can do only what these allow.</p>
      </Confirm>
    </>
  ) : (
    <>
      <Button opens="make-admin">Make an administrator</Button>
      <Dialog id="make-admin" action={`${address}/make_admin`} title={title} button="Make an administrator">
        <p>
          Administrators can see and do everything on this server, with their password and their personal access tokens.
        </p>
      </Dialog>
    </>
  );
}

function Blocking({ user: { username, blocked } }: { user: User }) {
  const address = userAddress(username);
  if (blocked)
    return (
      <Form action={`${address}/unblock`} bare>
        <Button>{`Unblock ${username}`}</Button>
      </Form>
    );
  return (
    <>
      <Button kind="quiet-danger" opens="block">{`Block ${username}`}</Button>
      <Confirm id="block" action={`${address}/block`} title={`Block ${username}?`} button={`Block ${username}`}>
        <p>
          The user’s password and personal access tokens stop working immediately, and all sessions end. Deploy tokens
          the user created keep working, because they belong to projects and groups. You can unblock the user later.
        </p>
      </Confirm>
    </>
  );
}

interface OwnStorageProps extends ShownUser {
  typed: Typed | undefined;
  open: boolean;
}

function OwnStorage({ user: { username }, use, typed, open }: OwnStorageProps) {
  return (
    <Section
      id="storage"
      title="Storage"
      about="Storage used by the projects in the user’s personal namespace, and its limit."
      open={open}
    >
      <StorageFacts use={use} />
      <LimitForm action={`${userAddress(username)}/storage_limit`} use={use} typed={typed} />
    </Section>
  );
}

function Password({ user: { username }, typed }: { user: User; typed: Typed | undefined }) {
  return (
    <Section
      id="password-section"
      title="Reset password"
      about="This server sends no e-mail: give the user the password yourself. All sessions of the user end."
      open={typed !== undefined}
    >
      <Form action={`${userAddress(username)}/password`}>
        <TextField
          name="password"
          label="New password"
          type="password"
          hint="At least 8 characters."
          required
          maxlength={128}
          autocomplete="new-password"
          {...defined({ typed })}
        />
        <div>
          <Button kind="primary">Set password</Button>
        </div>
      </Form>
    </Section>
  );
}
