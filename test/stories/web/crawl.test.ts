import { afterAll, expect, test } from 'bun:test';
import { ROLES } from '../../../src/domain/members/roles.ts';
import type { Route } from '../../../src/http/route.ts';
import { createRouter } from '../../../src/http/router.ts';
import { type Caller, expectedOutcome } from '../../support/access-oracle.ts';
import { startApp } from '../../support/app.ts';
import { expectAccessible, inBrowser, openVisitor } from '../../support/browser.ts';
import { furnishForWalkers, ROLE_OF, type Walker } from '../../support/crawl-scene.ts';
import { onEachEngine } from '../../support/engines.ts';
import { PASSWORD } from '../../support/seed.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { pagesOf } from '../../support/signed-in.ts';

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
/** A smoke test of the other engine. An administrator may see all pages: no query of them fails on PostgreSQL. */
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
  const painted: Painted = new Set();
  for (const walker of engine === 'sqlite' ? WALKERS : WALKERS_ON_POSTGRES) {
    const crawled = async () => {
      const server = await started;
      const rowFor = await rowsOf(inside);
      const { pages, Cookie } = await pagesFor(server, walker);
      const seen = await crawl(server.url, (path) => visit(pages.get(path, { Cookie }), path));
      const broken = seen.filter(({ status, by }) => by !== null && status >= 400).map(withoutElements);
      expect(broken).toEqual([]);
      const shown = seen.filter(({ status }) => status === 200);
      expect(shown.length).toBeGreaterThan(walker === 'anonymous' ? 2 : 5);
      // Public objects are in the public group, so that every walker sees each of them.
      for (const kind of KINDS)
        expect([kind, shown.filter(({ path }) => kind.test(path)).length > 0]).toEqual([kind, true]);
      const strange = shown.filter(({ path }) => !mayBeShown(walker, path, rowFor(path.replace(/\?.*/, ''))));
      expect(strange.map(withoutElements)).toEqual([]);
      return { server, toPaint: seen.filter((one) => isNew(painted, rowFor(one.path.replace(/\?.*/, '')), one)) };
    };
    const title = `as ${walker}: no link leads to an error, and no page is shown that is not theirs`;
    if (engine === 'postgres') test(title, async () => void (await crawled()), 240_000);
    else
      inBrowser()(
        `${title}; the browser complains of none`,
        async () => {
          const { server, toPaint } = await crawled();
          await using visitor = await openVisitor(server.url);
          if (walker !== 'anonymous') await visitor.signIn(walker, PASSWORD);
          for (const { path } of toPaint) {
            await visitor.page.goto(path);
            await expectAccessible(visitor.page);
          }
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

interface Seen extends Pick<Visited, 'elements'> {
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
  /**
   * The elements of an HTML page, each without its text and the values of its attributes, except a few that change its
   * look.
   */
  elements: Set<string>;
}

const withoutElements = ({ path, status, by }: Seen) => ({ path, status, by });

/** The elements that the browser was shown: those of the main part of a page with the route of the page. */
type Painted = Set<string>;

const IN_MAIN = 'in main: ';

/**
 * Whether a page has an element in its main part that no page of its route had before, as any walker, or one around it
 * that no page had. The browser opens those pages alone, because a page takes it twenty times as long as reading its
 * links does.
 */
function isNew(painted: Painted, row: Route | undefined, { status, elements }: Seen): boolean {
  const found = [...elements].map((element) =>
    element.startsWith(IN_MAIN) ? `${row?.path} ${status} ${element}` : element,
  );
  const added = found.some((element) => !painted.has(element));
  for (const element of found) painted.add(element);
  return added;
}

/** A browser's way to the pages, without a browser, signed in as a walker. */
async function pagesFor(server: TestServer, walker: Walker) {
  const pages = pagesOf({ fetch: (url, init) => fetch(url, init) }, server.url);
  return { pages, Cookie: walker === 'anonymous' ? '' : (await pages.signIn(walker)).cookie };
}

async function visit(answering: Promise<Response>, path: string): Promise<Visited> {
  const answer = await answering;
  const visited = {
    status: answer.status,
    redirected: new URL(answer.url).pathname !== pathOf(answer.url, path),
    links: [] as string[],
    elements: new Set<string>(),
  };
  if (!/html/.test(answer.headers.get('content-type') ?? '')) {
    await answer.body?.cancel();
    return visited;
  }
  const shapeOf = ({ tagName, attributes }: HTMLRewriterTypes.Element) =>
    [tagName, ...[...attributes].map(([name, value]) => (LOOKS.includes(name) ? `${name}=${value}` : name))].join(' ');
  const keep = (one: HTMLRewriterTypes.Element) => {
    visited.elements.add(shapeOf(one));
    const href = one.tagName === 'a' && one.getAttribute('href')?.replaceAll('&amp;', '&');
    if (typeof href === 'string') visited.links.push(new URL(href, answer.url).href);
  };
  await new HTMLRewriter()
    .on('*', { element: keep })
    .on('main *', { element: (one) => void visited.elements.add(`${IN_MAIN}${shapeOf(one)}`) })
    .transform(new Response(await answer.text()))
    .text();
  return visited;
}

/** Attributes of which the value changes the look or the role of their element. */
const LOOKS = ['class', 'type', 'role'];

const pathOf = (base: string, path: string) => new URL(path, base).pathname;

/**
 * Follows every link from every page that is reached, each address once; of addresses that differ only in the values of
 * their parameters, one.
 */
async function crawl(base: string, visit: (path: string) => Promise<Visited>): Promise<Seen[]> {
  const queue: Pick<Seen, 'path' | 'by'>[] = FOUND_BY_HAND.map((path) => ({ path, by: null }));
  const known = new Map(queue.map((one) => [one.path, one]));
  const asked = new Set<string>();
  const seen: Seen[] = [];
  for (let next = queue.shift(); next && seen.length < MOST; next = queue.shift()) {
    const { path, by } = next;
    const { pathname, searchParams } = new URL(path, base);
    const kind = `${pathname}?${[...searchParams.keys()].sort().join('&')}`;
    if (asked.has(kind)) continue;
    asked.add(kind);
    const { status, redirected, links, elements } = await visit(path);
    seen.push({ path, by, status: redirected && status === 200 ? 303 : status, elements });
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
