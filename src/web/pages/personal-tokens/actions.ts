import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import { notFound, PosternError } from '../../../lib/errors.ts';
import { formatInstant, parseInstant } from '../../../lib/instant.ts';
import { listPage } from '../../list-page.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { once } from '../../once.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { ACCOUNT } from '../account/addresses.ts';
import { meOf, signedIn } from '../account/me.ts';
import { numberIn } from '../list-query.ts';
import { revokePage, rotatePage } from './confirm-pages.tsx';
import { nextExpiry } from './next-expiry.ts';
import { INACTIVE_PAGE, type Outcome, type PersonalTokens, personalTokensPage } from './personal-tokens-page.tsx';

const PER_PAGE = 50;
const FIELDS = { name: 'name', scopes: 'scopes' };

export async function showTokens(web: Web, visit: Visit): Promise<Page> {
  return pageWith(web, visit, {});
}

async function pageWith(web: Web, visit: Visit, outcome: Outcome): Promise<Page> {
  return personalTokensPage(visit, await readTokens(web, visit), outcome);
}

async function readTokens(web: Web, visit: Visit): Promise<PersonalTokens> {
  const { id: userId } = signedIn(visit);
  const list = (is: boolean, parameter?: string) => {
    const filter = { userId, active: { at: visit.now, is } };
    return listPage(visit.query, PER_PAGE, (page) => web.services.personalTokens.list(filter, page, 'desc'), parameter);
  };
  const [active, inactive, revoked] = await Promise.all([
    list(true),
    list(false, INACTIVE_PAGE),
    find(web, visit, numberIn(visit.query.get('revoked') ?? undefined)),
  ]);
  return { active, inactive, revoked };
}

/** Makes a token, and answers with the page that shows its secret: in this answer, and in no other. */
export async function createToken(web: Web, visit: Visit, form: URLSearchParams): Promise<Page> {
  const name = form.get('name') ?? '';
  const expiresAt = form.get('expires_at');
  const scopes = form.getAll('scopes');
  try {
    if (expiresAt && parseInstant('expires_at', expiresAt) <= visit.now)
      throw new Mistake('expires_at', 'This date is not in the future: the token would never work');
    const me = await meOf(web, visit);
    const make = () => web.services.personalTokens.create(me, { name, scopes, expiresAt }, visit.context);
    return await shownOnce(web, visit, { form, rotated: false }, make);
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    return { ...(await pageWith(web, visit, { typed: { values: form, mistakes } })), status: 422 };
  }
}

/** The pages that ask first. An inactive token needs no confirmation. */
export async function askAbout(web: Web, visit: Visit, tool: 'rotate' | 'revoke'): Promise<Page | Response> {
  const token = await named(web, visit);
  if (token.revokedAt !== null || (token.expiresAt ?? Infinity) <= visit.now) return redirect(ACCOUNT.tokens);
  return tool === 'rotate' ? rotatePage(token, visit.now) : revokePage(token);
}

export async function rotateToken(web: Web, visit: Visit, form: URLSearchParams): Promise<Page> {
  return shownOnce(web, visit, { form, rotated: true }, async () => {
    const token = await named(web, visit);
    const expiresAt = formatInstant(nextExpiry(token, visit.now));
    return web.services.personalTokens.rotate(token, expiresAt, visit.context);
  });
}

export async function revokeToken(web: Web, visit: Visit): Promise<Response> {
  const token = await named(web, visit);
  await web.services.personalTokens.revoke(token, visit.context);
  return redirect(`${ACCOUNT.tokens}?revoked=${token.id}`);
}

type Made = Omit<NonNullable<Outcome['created']>, 'rotated'>;

/** Answers with the secret of what is made, or, when the form comes again, with what it made then. */
async function shownOnce(
  web: Web,
  visit: Visit,
  { form, rotated }: { form: URLSearchParams; rotated: boolean },
  make: () => Promise<Made>,
): Promise<Page> {
  const done = await once(web, visit, form, make);
  if ('madeBefore' in done) {
    const page = await pageWith(web, visit, { madeBefore: await find(web, visit, done.madeBefore) });
    return { ...page, status: 409, place: ACCOUNT.tokens };
  }
  const page = await pageWith(web, visit, { created: { ...done.made, rotated } });
  return { ...page, status: 201, place: ACCOUNT.tokens, secret: true };
}

/** The token that an address names, if it is one's own. */
async function named({ services }: Web, visit: Visit): Promise<PersonalToken> {
  const id = numberIn(visit.params['token_id']);
  if (id === null) throw notFound('personal access token');
  return services.personalTokens.get(id, signedIn(visit).id);
}

/** The same for what may be gone. */
async function find({ services }: Web, visit: Visit, id: number | null): Promise<PersonalToken | null> {
  if (id === null) return null;
  try {
    return await services.personalTokens.get(id, signedIn(visit).id);
  } catch (error) {
    if (error instanceof PosternError && error.kind === 'not_found') return null;
    throw error;
  }
}
