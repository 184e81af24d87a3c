/** @jsxImportSource hono/jsx */
import type { User } from '../../../domain/users/users.ts';
import type { Page, Visit } from '../../page.ts';
import { Badge } from '../../views/badge.tsx';
import { Button } from '../../views/button.tsx';
import { EmptyState } from '../../views/empty-state.tsx';
import { Choices, Form, TextField, WholeMistake } from '../../views/form.tsx';
import { Pagination } from '../../views/pagination.tsx';
import { SearchForm } from '../../views/search-form.tsx';
import { Section } from '../../views/section.tsx';
import { type Column, Table } from '../../views/table.tsx';
import { Time } from '../../views/time.tsx';
import type { Typed } from '../../views/typed.ts';
import { AdminHeader } from './admin-header.tsx';

export const userAddress = (username: string) => `/admin/users/${encodeURIComponent(username)}`;

interface Users {
  users: { items: User[]; page: number; perPage: number; total: number };
  search: string;
  /** `active`, `blocked`, or both. */
  state: string;
  typed: Typed | undefined;
}

export function usersPage(visit: Visit, { users, search, state, typed }: Users): Page {
  const body = (
    <AdminHeader tab="Users">
      <Section
        id="new-user"
        title="New user"
        about="This server sends no e-mail: give the user the password yourself, and ask them to change it."
        open={typed !== undefined}
      >
        <NewUser typed={typed} />
      </Section>
      <section class="stack" aria-labelledby="users">
        <h2 id="users">{`Users (${users.total})`}</h2>
        <UserSearch search={search} state={state} />
        {users.items.length === 0 ? (
          <EmptyState title="No users found">
            <p>The search covers names, user names and complete e-mail addresses.</p>
          </EmptyState>
        ) : (
          <Table caption="Users" columns={COLUMNS} items={users.items} />
        )}
        <Pagination {...users} what="users" query={visit.query} />
      </section>
    </AdminHeader>
  );
  return { title: 'Users', body };
}

function UserSearch({ search, state }: Pick<Users, 'search' | 'state'>) {
  return (
    <SearchForm label="Search users" placeholder="Name, user name or complete e-mail address" search={search}>
      <select class="input" name="state" aria-label="State">
        {[
          ['', 'All'],
          ['active', 'Active'],
          ['blocked', 'Blocked'],
        ].map(([value, label]) => (
          <option value={value} selected={value === state}>
            {label}
          </option>
        ))}
      </select>
    </SearchForm>
  );
}

const COLUMNS: readonly Column<User>[] = [
  {
    title: 'User name',
    cell: ({ username, admin, blocked }) => (
      <>
        <a href={userAddress(username)}>{username}</a> {admin ? <Badge kind="good">administrator</Badge> : null}{' '}
        {blocked ? <Badge kind="bad">blocked</Badge> : null}
      </>
    ),
  },
  { title: 'Name', cell: ({ name }) => name },
  { title: 'E-mail', cell: ({ email }) => email },
  { title: 'Since', cell: ({ createdAt }) => <Time at={createdAt} /> },
];

function NewUser({ typed }: { typed: Typed | undefined }) {
  const shared = typed === undefined ? {} : { typed };
  return (
    <Form action="/admin/users">
      <WholeMistake typed={typed} />
      <TextField name="username" label="User name" required maxlength={255} autocomplete="off" {...shared} />
      <TextField name="name" label="Name (optional)" maxlength={255} autocomplete="off" {...shared} />
      <TextField name="email" label="E-mail" type="email" required maxlength={255} autocomplete="off" {...shared} />
      <TextField
        name="password"
        label="Password"
        type="password"
        hint="At least 8 characters."
        required
        maxlength={128}
        autocomplete="new-password"
        {...shared}
      />
      <Choices
        name="admin"
        label="Rights"
        choices={[{ value: '1', label: 'Administrator', hint: 'Can see and do everything on this server.' }]}
        {...shared}
      />
      <div>
        <Button kind="primary">Create user</Button>
      </div>
    </Form>
  );
}
