import type { PersonalToken } from '../../../domain/personal-tokens/personal-tokens.ts';
import { notFound } from '../../../lib/errors.ts';
import { formatInstant, parseInstant } from '../../../lib/instant.ts';
import { Mistake, mistakesOf } from '../../mistakes.ts';
import { type Page, redirect, type Visit, type Web } from '../../page.ts';
import { ACCOUNT } from '../account/addresses.ts';
import { meOf, signedIn } from '../account/me.ts';
import { pageNumber } from '../home/routes.ts';
import { nextExpiry } from './next-expiry.ts';
import { type PersonalTokens, personalTokensPage } from './personal-tokens-page.tsx';

const PER_PAGE = 50;
const FIELDS = { name: 'name', scopes: 'scopes' };

export async function showTokens(web: Web, visit: Visit): Promise<Page> {
  return personalTokensPage(visit, await readTokens(web, visit));
}

async function readTokens({ services }: Web, visit: Visit): Promise<PersonalTokens> {
  const { id: userId } = signedIn(visit);
  const list = (is: boolean, page: number) =>
    services.personalTokens.list({ userId, active: { at: visit.now, is } }, { page, perPage: PER_PAGE }, 'desc');
  const [active, inactive] = await Promise.all([list(true, pageNumber(visit.query)), list(false, 1)]);
  return { active, inactive };
}

/** Makes a token, and answers with the page that shows its secret: in this answer, and in no other. */
export async function createToken(web: Web, visit: Visit, form: URLSearchParams): Promise<Page> {
  const [name, expiresAt, scopes] = [form.get('name') ?? '', form.get('expires_at'), form.getAll('scopes')];
  try {
    if (expiresAt && parseInstant('expires_at', expiresAt) <= visit.now)
      throw new Mistake('expires_at', 'This day has begun or is over: the token would never work');
    const made = await web.services.personalTokens.create(
      await meOf(web, visit),
      { name, scopes, expiresAt },
      visit.exchange.doer,
    );
    return shownOnce(web, visit, { ...made, rotated: false });
  } catch (error) {
    const mistakes = mistakesOf(error, FIELDS);
    if (!mistakes) throw error;
    const page = personalTokensPage(visit, await readTokens(web, visit), { typed: { values: form, mistakes } });
    return { ...page, status: 422 };
  }
}

export async function rotateToken(web: Web, visit: Visit): Promise<Page> {
  const token = await named(web, visit);
  const expiresAt = formatInstant(nextExpiry(token, visit.now));
  const made = await web.services.personalTokens.rotate(token, expiresAt, visit.exchange.doer);
  return shownOnce(web, visit, { ...made, rotated: true });
}

export async function revokeToken(web: Web, visit: Visit): Promise<Response> {
  const token = await named(web, visit);
  await web.services.personalTokens.revoke(token, visit.exchange.doer);
  return redirect(`${ACCOUNT.tokens}?revoked=${token.id}`);
}

type Created = NonNullable<NonNullable<Parameters<typeof personalTokensPage>[2]>['created']>;

async function shownOnce(web: Web, visit: Visit, created: Created): Promise<Page> {
  const page = personalTokensPage(visit, await readTokens(web, visit), { created });
  return { ...page, status: 201, place: ACCOUNT.tokens };
}

/** The token that an address names, if it is one's own. */
async function named({ services }: Web, visit: Visit): Promise<PersonalToken> {
  const id = visit.params['token_id'] ?? '';
  if (!/^\d{1,15}$/.test(id)) throw notFound('personal access token');
  return services.personalTokens.get(Number(id), signedIn(visit).id);
}
