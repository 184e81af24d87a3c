import { afterAll, expect } from 'bun:test';
import { ROLES } from '../../../src/domain/members/roles.ts';
import type { Route } from '../../../src/http/route.ts';
import { createRouter } from '../../../src/http/router.ts';
import { type Caller, expectedOutcome } from '../../support/access-oracle.ts';
import { startApp } from '../../support/app.ts';
import { expectAccessible, inBrowser, openVisitor, type Visitor } from '../../support/browser.ts';
import { furnishForWalkers, ROLE_OF, type Walker } from '../../support/crawl-scene.ts';
import { onEachEngine } from '../../support/engines.ts';
import { PASSWORD } from '../../support/seed.ts';
import { startServer } from '../../support/server.ts';

const MOST = 250;
const IN_ENGINE = /\/lab\/engine(\/|$)/;
const FOUND_BY_HAND = [
  '/',
  '/users/sign_in',
  '/lab',
  '/lab/engine',
  '/lab/tools',
  '/lab/tools/loom',
  '/open',
  '/open/commons',
];

const WALKERS = Object.keys(ROLE_OF) as Walker[];
/** The pages are the same. The one who may see all of them asks each once, so that no query fails on PostgreSQL. */
const WALKERS_ON_POSTGRES: readonly Walker[] = ['administrator'];

onEachEngine('a crawl over all pages', (engine) => {
  const started = startServer(engine).then(async (server) => {
    await furnishForWalkers(server);
    return server;
  });
  const inside = startApp('sqlite');
  afterAll(async () => {
    await (await started)[Symbol.asyncDispose]();
    await (await inside)[Symbol.asyncDispose]();
  });
  const story = inBrowser();
  for (const walker of engine === 'sqlite' ? WALKERS : WALKERS_ON_POSTGRES) {
    story(
      `as ${walker}: no link leads to an error, and no page is shown that is not theirs`,
      async () => {
        const server = await started;
        const rowFor = await rowsOf(inside);
        await using visitor = await openVisitor(server.url);
        if (walker !== 'anonymous') await visitor.signIn(walker, PASSWORD);
        const visit = engine === 'sqlite' ? inPage(visitor, walker, rowFor) : withoutPage(visitor);
        const seen = await crawl(server.url, visit);
        const broken = seen.filter(({ status, by }) => by !== null && status >= 400);
        expect(broken).toEqual([]);
        const shown = seen.filter(({ status }) => status === 200);
        expect(shown.length).toBeGreaterThan(walker === 'anonymous' ? 2 : 5);
        // Public objects are in the public group, so that every walker sees each of them.
        for (const kind of KINDS)
          expect([kind, shown.filter(({ path }) => kind.test(path)).length > 0]).toEqual([kind, true]);
        const strange = shown.filter(({ path }) => !mayBeShown(walker, path, rowFor(path.replace(/\?.*/, ''))));
        expect(strange).toEqual([]);
        visitor.expectNoComplaints();
      },
      240_000,
    );
  }
});

/** Pages that are there only when something was pushed or published. */
const KINDS = [
  /\/container_registry\/\d+$/,
  /\/container_registry\/\d+\/tags\//,
  /\/container_registry\/\d+\/manifests$/,
  /\/container_registry\/\d+\/manifests\/sha256:/,
  /^\/groups\/.*\/container_registries$/,
  /\/-\/packages\/\d+$/,
  /\/-\/package_files\/\d+\/download$/,
  /^\/groups\/.*\/-\/packages$/,
  /\/-\/branches$/,
  /\/-\/tags$/,
];

interface Seen {
  path: string;
  status: number;
  /** The page that has the link; null: there is none, it was typed. */
  by: string | null;
}

/** The result of visiting an address. */
interface Visited {
  status: number;
  redirected: boolean;
  /** Addresses, in full. */
  links: string[];
}
type Visit = (path: string) => Promise<Visited>;

/**
 * Opens a page in the browser. Each kind of page is looked at by the checker of accessibility once, and whatever it
 * complains of is noted by the visitor.
 */
function inPage({ page, context }: Visitor, walker: Walker, rowFor: (path: string) => Route | undefined): Visit {
  const checked = new Set<string>();
  return async (path) => {
    // A file to save is no page: the browser would leave it at that, with nothing to look at.
    if (path.split('?')[0]?.endsWith('/download')) {
      const file = await context.request.get(path, { maxRedirects: 0 });
      return { status: file.status(), redirected: false, links: [] };
    }
    const answer = await page.goto(path);
    const { pathname } = new URL(page.url());
    const visited = { status: answer?.status() ?? 0, redirected: pathname !== pathOf(page.url(), path) };
    if (!/html/.test(answer?.headers()['content-type'] ?? '')) return { ...visited, links: [] };
    const key = `${walker} ${rowFor(pathname)?.path}`;
    if (!checked.has(key)) await expectAccessible(page);
    checked.add(key);
    const links = await page.evaluate<string[]>("[...document.querySelectorAll('a[href]')].map((one) => one.href)");
    return { ...visited, links };
  };
}

/**
 * Asks as the browser does, and reads the links. How the page looks and what its script does, the other engine shows.
 */
function withoutPage({ context }: Visitor): Visit {
  return async (path) => {
    const answer = await context.request.get(path);
    const visited = {
      status: answer.status(),
      redirected: new URL(answer.url()).pathname !== pathOf(answer.url(), path),
    };
    if (!/html/.test(answer.headers()['content-type'] ?? '')) return { ...visited, links: [] };
    const links: string[] = [];
    const keep = (one: HTMLRewriterTypes.Element) => {
      const href = one.getAttribute('href')?.replaceAll('&amp;', '&') ?? '';
      links.push(new URL(href, answer.url()).href);
    };
    await new HTMLRewriter()
      .on('a[href]', { element: keep })
      .transform(new Response(await answer.text()))
      .text();
    return { ...visited, links };
  };
}

const pathOf = (base: string, path: string) => new URL(path, base).pathname;

/**
 * Follows every link from every page that is reached, each address once; of lists that differ in their query only a
 * few.
 */
async function crawl(base: string, visit: Visit): Promise<Seen[]> {
  const queue: Pick<Seen, 'path' | 'by'>[] = FOUND_BY_HAND.map((path) => ({ path, by: null }));
  const known = new Map(queue.map((one) => [one.path, one]));
  const variants = new Map<string, number>();
  const seen: Seen[] = [];
  for (let next = queue.shift(); next && seen.length < MOST; next = queue.shift()) {
    const { path, by } = next;
    const [plain = ''] = path.split('?');
    const count = (variants.get(plain) ?? 0) + 1;
    variants.set(plain, count);
    if (count > 4) continue;
    const { status, redirected, links } = await visit(path);
    seen.push({ path, by, status: redirected && status === 200 ? 303 : status });
    for (const link of links) {
      const { origin, pathname, search } = new URL(link);
      const to = `${pathname}${search}`;
      if (origin !== base || to === path) continue;
      const one = known.get(to) ?? { path: to, by: path };
      one.by ??= path;
      if (!known.has(to)) queue.push(one);
      known.set(to, one);
    }
  }
  expect(queue.length).toBe(0);
  // An address that was typed first may have been linked later.
  return seen.map((one) => ({ ...one, by: known.get(one.path)?.by ?? null }));
}

/** Whether a page may be shown, by the table that was written apart from the program. */
function mayBeShown(walker: Walker, path: string, row: Route | undefined): boolean {
  if (!row || row.access.on === 'anyone') return row !== undefined;
  const open = path.includes('/open') || !/\/lab(\/|$)/.test(path);
  const role = (walker === 'contractor' ? IN_ENGINE : /\/lab(\/|$)/).test(path) ? ROLE_OF[walker] : 0;
  const caller: Caller =
    walker === 'anonymous'
      ? { kind: 'anonymous' }
      : { kind: 'user', role, admin: walker === 'administrator', scopes: ['api'] };
  // A home is a row for everyone that asks again when it knows what it is the home of.
  const home = row.path.startsWith('/:path') && row.access.on === 'instance';
  if (home && !open) return role >= ROLES.guest || walker === 'administrator';
  return expectedOutcome('web', row.access, caller, { visibility: open ? 'public' : 'private' }) === 'reached';
}

async function rowsOf(inside: ReturnType<typeof startApp>) {
  const router = createRouter((await inside).app.protocols);
  return (path: string) => router.match('GET', path, new URLSearchParams())?.route;
}
