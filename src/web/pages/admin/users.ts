import type { Stored } from '../../../domain/quota/storage.ts';
import type { User } from '../../../domain/users/users.ts';
import { forbidden, notFound } from '../../../lib/errors.ts';
import { listPage } from '../../list-page.ts';
import { mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { type Typed, WHOLE } from '../../views/typed.ts';
import { limitIn } from '../storage/limit-in.ts';
import { type Outcome, userPage } from './user-page.tsx';
import { userAddress, usersPage } from './users-page.tsx';

const PER_PAGE = 50;

export async function showUsers({ services }: Web, visit: Visit, typed?: Typed): Promise<Page> {
  const search = (visit.query.get('search') ?? '').trim().slice(0, 255);
  const state = visit.query.get('state') ?? '';
  const blocked = state === 'blocked' ? true : state === 'active' ? false : undefined;
  const filter = { search: search === '' ? undefined : search, blocked };
  const users = await listPage(visit.query, PER_PAGE, (page) => services.users.list(filter, page));
  return usersPage(visit, { users, search, state, typed });
}

export async function createUser(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const field = (name: string) => (form.get(name) ?? '').trim();
  const request = {
    username: field('username'),
    name: field('name') || field('username'),
    email: field('email'),
    password: form.get('password') ?? '',
    admin: form.get('admin') === '1',
  };
  try {
    const user = await web.services.users.create(request, visit.context);
    return redirect(`${userAddress(user.username)}?done=created`);
  } catch (error) {
    const mistakes = mistakesOf(error, { ...FIELDS, path: 'username' });
    if (!mistakes) throw error;
    // A user name is the path of what is theirs, and the rules speak of it as one.
    const username = mistakes['username']?.replace(/^Path\b/, 'User name');
    const shown = username === undefined ? mistakes : { ...mistakes, username };
    return { ...(await showUsers(web, visit, { values: form, mistakes: shown })), status: 422 };
  }
}

const FIELDS = { username: 'username', name: 'name', email: 'email', password: 'password' };

export async function showUser(web: Web, visit: Visit, outcome: Outcome = {}): Promise<Page> {
  const user = await userOf(web, visit);
  const stored = await namespaceOf(web, user);
  return userPage(visit, { user, use: await web.services.storage.use(stored) }, outcome);
}

/** Storage used by a user's personal projects. */
async function namespaceOf({ services }: Web, { id }: User): Promise<Stored> {
  const facts = await services.access.personalNamespace(id);
  if (facts.on !== 'group') throw notFound('namespace');
  return { kind: 'namespace', group: facts.group };
}

export async function setStorageLimit(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const user = await userOf(web, visit);
  const place = userAddress(user.username);
  try {
    await web.services.storage.setLimit(await namespaceOf(web, user), limitIn(form), visit.context);
    return redirect(`${place}?done=limit`);
  } catch (error) {
    const mistakes = mistakesOf(error, {});
    if (!mistakes) throw error;
    return { ...(await showUser(web, visit, { limit: { values: form, mistakes } })), status: 422, place };
  }
}

export function setBlocked(web: Web, visit: Visit, blocked: boolean): Promise<Page | Response> {
  return change(web, visit, 'You can’t block or unblock yourself.', (id) =>
    web.services.users.setBlocked(id, blocked, visit.context),
  );
}

export function setAdmin(web: Web, visit: Visit, admin: boolean): Promise<Page | Response> {
  return change(web, visit, 'You can’t change your own administrator rights.', (id) =>
    web.services.users.setAdmin(id, admin, visit.context),
  );
}

/** Changes what another user may; what a rule forbids comes back as their page with the sentence. */
async function change(
  web: Web,
  visit: Visit,
  ofOneself: string,
  act: (id: number) => Promise<boolean>,
): Promise<Page | Response> {
  const user = await userOf(web, visit);
  if (user.id === visit.actor?.id) throw forbidden(ofOneself);
  const place = userAddress(user.username);
  try {
    await act(user.id);
    return redirect(place);
  } catch (error) {
    const refused = mistakesOf(error, {})?.[WHOLE];
    if (refused === undefined) throw error;
    return { ...(await showUser(web, visit, { refused })), status: 422, place };
  }
}

export async function resetPassword(web: Web, visit: Visit, form: URLSearchParams): Promise<Page | Response> {
  const user = await userOf(web, visit);
  // One's own is changed where the present one is asked for: an open browser is not enough.
  if (user.id === visit.actor?.id) return redirect('/-/user_settings/password/edit');
  try {
    await web.services.users.setPassword(user.id, form.get('password') ?? '', visit.context);
    return redirect(`${userAddress(user.username)}?done=password`);
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    return { ...(await showUser(web, visit, { typed: { values: form, mistakes } })), status: 422 };
  }
}

async function userOf({ services }: Web, { params }: Visit): Promise<User> {
  const { items } = await services.users.list({ username: params['username'] ?? '' }, { page: 1, perPage: 1 });
  const [user] = items;
  if (!user) throw notFound('user');
  return user;
}
