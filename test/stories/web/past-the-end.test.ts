import { expect, test } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { ROLES } from '../../../src/domain/members/roles.ts';
import { furnishForWalkers } from '../../support/crawl-scene.ts';
import { onEachEngine } from '../../support/engines.ts';
import { startServer, type TestServer } from '../../support/server.ts';
import { pagesOf } from '../../support/signed-in.ts';

/** Every page with lists, and the contents of each list. */
const LISTS: Record<string, readonly string[]> = {
  '/': ['open/commons', 'open'],
  '/explore': ['lab/engine', 'lab/tools'],
  '/lab': ['engine', 'tools'],
  '/lab/engine/container_registry': ['mill'],
  '/groups/lab/-/container_registries': ['mill'],
  '/lab/engine/-/packages': ['@analytical/cards'],
  '/groups/lab/-/packages': ['@analytical/cards'],
  '/lab/engine/-/branches': ['part-'],
  '/lab/engine/-/tags': ['v1.'],
  '/lab/engine/-/project_members': ['contractor', 'maintainer'],
  '/groups/lab/-/group_members': ['maintainer'],
  '/lab/engine/-/settings/repository': ['works', 'is over', 'for all of it'],
  '/lab/engine/-/settings/packages_and_registries': ['core*'],
  '/lab/engine/-/audit_events': ['works'],
  '/groups/lab/-/audit_events': ['works'],
  '/-/user_settings/personal_access_tokens': ['the first', 'the second'],
  '/-/user_settings/active_sessions': ['this one'],
  '/admin/users': ['contractor'],
  '/admin/deploy_tokens': ['works'],
  '/admin/audit_logs?where=lab/engine': ['works'],
};

onEachEngine('past the end of a list', (engine) => {
  test('the last page is shown, and not an empty list', async () => {
    await using server = await startServer(engine);
    await furnishForWalkers(server);
    const walker = await furnishMore(server);
    const { get, signIn } = pagesOf({ fetch: (url, init) => fetch(url, init) }, server.url);
    const { cookie: Cookie } = await signIn(walker);
    const html = async (path: string) => (await get(path, { Cookie })).text();
    const linked = async (from: string, number: RegExp) => number.exec(await html(from))?.[1] ?? '';
    const image = await linked('/lab/engine/container_registry?search=mill', /href="([^"]*\/container_registry\/\d+)"/);
    const pack = await linked('/lab/engine/-/packages?search=cards', /href="([^"]*\/-\/packages\/\d+)"/);
    const numbered = { [image]: ['v1.1.0-amd64'], [`${image}/manifests`]: ['sha256:'], [pack]: ['.tgz'] };
    const lists = { ...LISTS, ...numbered };
    for (const [path, shown] of Object.entries(lists)) {
      const first = readable(await html(path));
      expect([path, shown.filter((words) => !first.includes(words))]).toEqual([path, []]);
      for (const parameter of ['page', 'groups_page', 'inherited', 'inactive_page']) {
        const past = `${path}${path.includes('?') ? '&' : '?'}${parameter}=999`;
        expect([past, readable(await html(past))]).toEqual([past, first]);
      }
    }
  }, 180_000);
});

/** The text of a page, without times. */
const readable = (html: string) =>
  html
    .replace(/^.*<main[^>]*>|<\/main>.*$/gs, '')
    .replace(/<time.*?<\/time>|<[^>]*>/gs, ' ')
    .replace(/\s+/g, ' ');

/** The setup without walkers. @returns a user who sees all lists. */
async function furnishMore({ seed, services }: TestServer): Promise<string> {
  const engine = await services.access.project('lab/engine', null);
  const open = await services.access.group('open', null);
  const { items } = await services.users.list({ username: 'administrator' }, { page: 1, perPage: 1 });
  const [user] = items;
  if (engine.on !== 'project' || open.on !== 'group' || !user) throw new Error('the scene is not as it was');
  const rule = { type: 'npm', pattern: 'core*', pushLevel: ROLES.maintainer } as const;
  await services.packages.rules.create(engine.project, rule, BY_SYSTEM);
  await seed.join(open.group, user, 'developer');
  for (const name of ['the first', 'the second']) {
    const wanted = { name, scopes: ['read_api'], expiresAt: null };
    const { token } = await services.personalTokens.create(user, wanted, BY_SYSTEM);
    if (name === 'the second') await services.personalTokens.revoke(token, BY_SYSTEM);
  }
  return user.username;
}
