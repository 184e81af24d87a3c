import { afterAll, expect } from 'bun:test';
import { SYSTEM } from '../../../src/domain/doer.ts';
import { ROLES } from '../../../src/domain/members/roles.ts';
import type { Route } from '../../../src/http/route.ts';
import { createRouter } from '../../../src/http/router.ts';
import { type Asker, expectedOutcome } from '../../support/access-oracle.ts';
import { startApp } from '../../support/app.ts';
import { expectAccessible, inBrowser, openVisitor, type Visitor } from '../../support/browser.ts';
import { onEachEngine } from '../../support/engines.ts';
import { startServer, type TestServer } from '../../support/server.ts';

const PASSWORD = 'correct horse battery';
const MOST = 150;
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

/** Who goes around: with a role in the private group `lab`, or without one. */
const ROLE_OF = {
  anonymous: 0,
  stranger: 0,
  guest: 10,
  reporter: 20,
  developer: 30,
  maintainer: 40,
  owner: 50,
  administrator: 0,
};
type Walker = keyof typeof ROLE_OF;

onEachEngine('a crawl over all pages', (engine) => {
  const started = startServer(engine).then(async (server) => {
    await furnish(server);
    return server;
  });
  const inside = startApp('sqlite');
  afterAll(async () => {
    await (await started)[Symbol.asyncDispose]();
    await (await inside)[Symbol.asyncDispose]();
  });
  const story = inBrowser();
  /** Each kind of page is looked at by the checker of accessibility once for each who see it differently. */
  const checked = new Set<string>();

  for (const walker of Object.keys(ROLE_OF) as Walker[]) {
    story(
      `as ${walker}: no link leads to an error, and no page is shown that is not theirs`,
      async () => {
        const server = await started;
        const rowFor = await rowsOf(inside);
        await using visitor = await openVisitor(server.url);
        if (walker !== 'anonymous') await visitor.signIn(walker, PASSWORD);
        const seen = await crawl(visitor, server.url, async (path) => {
          const key = `${walker} ${rowFor(path)?.path}`;
          if (checked.has(key)) return;
          checked.add(key);
          await expectAccessible(visitor.page);
        });
        const broken = seen.filter(({ status, by }) => by !== null && status >= 400);
        expect(broken).toEqual([]);
        const shown = seen.filter(({ status }) => status === 200);
        expect(shown.length).toBeGreaterThan(walker === 'anonymous' ? 2 : 5);
        const strange = shown.filter(({ path }) => !mayBeShown(walker, path, rowFor(path.replace(/\?.*/, ''))));
        expect(strange).toEqual([]);
        visitor.expectNoComplaints();
      },
      240_000,
    );
  }
});

interface Seen {
  path: string;
  status: number;
  /** The page that has the link; null: there is none, it was typed. */
  by: string | null;
}

/** Follows every link from every page that is reached, each address once; of lists that differ in their query only a few. */
async function crawl(visitor: Visitor, base: string, look: (path: string) => Promise<void>): Promise<Seen[]> {
  const { page } = visitor;
  const queue: { path: string; by: string | null }[] = FOUND_BY_HAND.map((path) => ({ path, by: null }));
  const known = new Set(queue.map(({ path }) => path));
  const variants = new Map<string, number>();
  const seen: Seen[] = [];
  for (let next = queue.shift(); next && seen.length < MOST; next = queue.shift()) {
    const { path, by } = next;
    const [plain = ''] = path.split('?');
    const count = (variants.get(plain) ?? 0) + 1;
    variants.set(plain, count);
    if (count > 4) continue;
    const answer = await page.goto(path);
    const status = answer?.status() ?? 0;
    const redirected = new URL(page.url()).pathname !== new URL(path, base).pathname;
    seen.push({ path, by, status: redirected && status === 200 ? 303 : status });
    if (!/html/.test(answer?.headers()['content-type'] ?? '')) continue;
    await look(new URL(page.url()).pathname);
    const links = await page.evaluate<string[]>("[...document.querySelectorAll('a[href]')].map((one) => one.href)");
    for (const link of links) {
      const { origin, pathname, search } = new URL(link);
      const to = `${pathname}${search}`;
      if (origin !== base || known.has(to)) continue;
      known.add(to);
      queue.push({ path: to, by: path });
    }
  }
  expect(queue.length).toBe(0);
  return seen;
}

/** Whether a page may be shown, by the table that was written apart from the program. */
function mayBeShown(walker: Walker, path: string, row: Route | undefined): boolean {
  if (!row || row.access.on === 'anyone') return row !== undefined;
  const open = path.includes('/open') || !/\/lab(\/|$)/.test(path);
  const role = /\/lab(\/|$)/.test(path) ? ROLE_OF[walker] : 0;
  const asker: Asker =
    walker === 'anonymous'
      ? { kind: 'anonymous' }
      : { kind: 'user', role, admin: walker === 'administrator', scopes: ['api'] };
  // A home is a row for everyone that asks again when it knows what it is the home of.
  const home = row.path.startsWith('/:path') && row.access.on === 'instance';
  if (home && !open) return role >= 10 || walker === 'administrator';
  return expectedOutcome('web', row.access, asker, { visibility: open ? 'public' : 'private' }) === 'reached';
}

async function rowsOf(inside: ReturnType<typeof startApp>) {
  const router = createRouter((await inside).app.rooms);
  return (path: string) => router.match('GET', path, new URLSearchParams())?.route;
}

/** A private group with everything in it, and a public one. */
async function furnish({ seed, services }: TestServer): Promise<void> {
  const lab = await seed.group(null, { path: 'lab', visibility: 'private' });
  const open = await seed.group(null, { path: 'open', visibility: 'public' });
  const engine = await seed.project(lab, { path: 'engine', visibility: 'private' });
  await seed.project(await seed.group(lab, { path: 'tools', visibility: 'private' }), {
    path: 'loom',
    visibility: 'private',
  });
  const commons = await seed.project(open, { path: 'commons', visibility: 'public' });
  const editor = { doer: SYSTEM, level: ROLES.owner };
  for (const [username, level] of Object.entries(ROLE_OF)) {
    if (username === 'anonymous') continue;
    const user = await seed.user({ username, password: PASSWORD, admin: username === 'administrator' });
    const role = Object.values(ROLES).find((one) => one === level);
    if (role) await services.members.add({ kind: 'group', id: lab.id }, user.id, { level: role }, editor);
  }
  for (const project of [engine, commons]) {
    const scopes = ['read_repository', 'read_registry'];
    await seed.deployToken(project, { name: 'works', scopes });
    const old = await seed.deployToken(project, { name: 'is over', scopes });
    await services.deployTokens.revoke({ kind: 'project', id: project.id, path: project.full_path }, old.id, SYSTEM);
  }
  await seed.deployToken(lab, { name: 'for all of it', scopes: ['read_registry'] });
}
