import { isAccessLevel } from '../../../domain/members/roles.ts';
import { notFound, unauthenticated } from '../../../lib/errors.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Web } from '../../page.ts';
import { changePage, removePage } from './confirm-pages.tsx';
import { membersPage } from './members-page.tsx';
import { type MembersVisit, membersSubjectOf } from './members-subject.ts';
import { readMembers } from './read-members.ts';

type Done = Promise<Page | Response>;

export function addMember(web: Web, visit: MembersVisit, form: URLSearchParams): Done {
  return attempt(web, visit, { form, add: true }, async () => {
    const name = (form.get('username') ?? '').trim().replace(/^@/, '');
    if (name === '') throw new Mistake('username', 'Enter the user name of a user of this server');
    const { items } = await web.services.users.list({ username: name }, { page: 1, perPage: 1 });
    const [user] = items;
    if (!user) throw new Mistake('username', `There is no user named ${name}`);
    await web.services.members.add(membersSubjectOf(visit), user.id, requestOf(form), visit.context);
    return `?added=${user.id}`;
  });
}

/** The pages that ask first. @throws PosternError not_found when who the address names is no member. */
export async function askAbout({ services }: Web, visit: MembersVisit, what: 'change' | 'remove'): Promise<Page> {
  const member = await services.members.get(membersSubjectOf(visit), memberIdOf(visit));
  return what === 'change' ? changePage(visit, member) : removePage(visit, member);
}

export async function changeMember({ services }: Web, visit: MembersVisit, form: URLSearchParams): Done {
  const place = membersSubjectOf(visit);
  const id = memberIdOf(visit);
  try {
    await services.members.update(place, id, requestOf(form), visit.context);
    return redirect(place.page(`?changed=${id}`));
  } catch (error) {
    const mistakes = mistakesOf(error, { expires_at: 'expires_at' });
    if (!mistakes) throw error;
    const page = changePage(visit, await services.members.get(place, id), { values: form, mistakes });
    return { ...page, status: 422, place: place.page(`/${id}/change`) };
  }
}

export function removeMember(web: Web, visit: MembersVisit, form: URLSearchParams): Done {
  return attempt(web, visit, { form }, async () => {
    const id = memberIdOf(visit);
    await web.services.members.remove(membersSubjectOf(visit), id, visit.context);
    return `?removed=${id}`;
  });
}

/** Everyone may give up their own role; whether they see the place after it is another matter. */
export async function leave(web: Web, visit: MembersVisit, form: URLSearchParams): Done {
  const { actor: user } = visit;
  if (!user) throw unauthenticated('Sign in to do this.');
  const left = await attempt(web, visit, { form }, async () => {
    await web.services.members.remove(membersSubjectOf(visit), user.id, visit.context);
    return '';
  });
  return left instanceof Response ? redirect(`/?left=${encodeURIComponent(membersSubjectOf(visit).path)}`) : left;
}

/**
 * Performs the action and redirects to the page, which shows the result; after a rule violation, returns the page with
 * the error.
 */
async function attempt(
  web: Web,
  visit: MembersVisit,
  { form, add = false }: { form: URLSearchParams; add?: boolean },
  act: () => Promise<string>,
): Done {
  try {
    return redirect(membersSubjectOf(visit).page(await act()));
  } catch (error) {
    const mistakes = mistakesOf(error, add ? { user_id: 'username', expires_at: 'expires_at' } : {});
    if (!mistakes) throw error;
    const typed = { values: add ? form : new URLSearchParams(), mistakes };
    const page = membersPage(visit, await readMembers(web, visit), add ? { typed } : { refused: sentence(mistakes) });
    return { ...page, status: 422, place: membersSubjectOf(visit).page() };
  }
}

const sentence = (mistakes: Readonly<Record<string, string>>) => Object.values(mistakes).join(' ');

function requestOf(form: URLSearchParams) {
  const level = Number(form.get('access_level'));
  if (!isAccessLevel(level)) throw new Mistake('access_level', 'Choose a role');
  return { level, expiresAt: form.get('expires_at') ?? '' };
}

function memberIdOf({ params }: MembersVisit): number {
  const id = params['user_id'] ?? '';
  if (!/^\d{1,15}$/.test(id)) throw notFound('member');
  return Number(id);
}
