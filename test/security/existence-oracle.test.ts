/**
 * The attack: learn which private projects there are by asking for many names and comparing the answers. A project that
 * may not be seen and one that is not there must be answered byte for byte alike, on every row and to everyone who may
 * not know, in the headers too; only the request's own id and time may differ. (CVE-2026-16545, CVE-2026-5796.)
 *
 * The same attack with a clock: forty timed requests showed which name was hidden and which was missing, because they
 * took different queries. Both must be refused after the same queries.
 */

import { expect, test } from 'bun:test';
import type { Project } from '../../src/domain/projects/projects.ts';
import { basic, privateToken, startApp, type TestApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { npmTarball, publication } from '../support/npm-tarball.ts';
import { recordQueries } from '../support/record-queries.ts';
import { addressOfRow, nameOfRow } from '../support/row-address.ts';
import { PASSWORD } from '../support/seed.ts';

const OWN_TO_THE_REQUEST = new Set(['x-request-id', 'x-runtime', 'date']);

/** Everything in a response that the caller can see, except the name that the caller sent. */
async function seen(answer: Response, ...names: string[]): Promise<string> {
  const headers = [...answer.headers].filter(([name]) => !OWN_TO_THE_REQUEST.has(name)).sort();
  const id = answer.headers.get('x-request-id') ?? '';
  let text = `${answer.status}\n${JSON.stringify(headers)}\n${(await answer.text()).replaceAll(id, 'ID')}`;
  for (const name of names) text = text.replaceAll(name, 'NAME');
  return text.replace(/"request_id":"[^"]*"/, '');
}

/** The queries that only one of two requests made. */
function differenceOf(one: readonly string[], two: readonly string[]): string {
  const without = (some: readonly string[], others: readonly string[]) => {
    const rest = [...others];
    return some.filter((each) => !rest.includes(each) || rest.splice(rest.indexOf(each), 1).length === 0);
  };
  const lines = (sign: string, some: string[]) => some.map((sql) => `${sign} ${sql}`);
  return [...lines('hidden:', without(one, two)), ...lines('missing:', without(two, one))].join('\n');
}

onEachEngine('existence oracle', (engine) => {
  test('invisible and missing objects get identical responses on every row', async () => {
    await using app = await startApp(engine);
    const { seed } = app;
    const top = await seed.group(null, { path: 'company' });
    const elsewhere = await seed.group();
    const group = await seed.group(top, { path: 'hidden' });
    const project = await seed.project(group, { path: 'hidden' });
    const other = await seed.deployToken(await seed.project(elsewhere), {
      scopes: ['read_repository', 'read_registry', 'write_registry', 'read_package_registry', 'write_package_registry'],
    });
    const sibling = await seed.deployToken(await seed.group(top), { scopes: ['read_repository'] });
    const stranger = await seed.user({ password: PASSWORD });
    const reader = await seed.user({ scopes: ['read_repository'] });
    const session = await app.services.sessions.begin(stranger.id, { ip: '127.0.0.1', agent: 'a browser' });
    const askers: Record<string, Record<string, string>> = {
      anonymous: {},
      'a stranger': privateToken(stranger.token),
      'a stranger with a password': basic(stranger.username, PASSWORD),
      'a stranger with a token without the scope': basic(reader.username, reader.token),
      'a deploy token of another project': basic(other.username, other.secret),
      'a deploy token of a sibling group': basic(sibling.username, sibling.secret),
      'a stranger who is signed in': { Cookie: `postern=${session.reveal()}`, Accept: 'text/html' },
      'a browser': { Accept: 'text/html' },
      'a wrong token': basic('x', `gldt-${'A'.repeat(36)}`),
    };
    const hidden = {
      groupId: group.id,
      groupPath: 'company/hidden',
      projectId: project.id,
      projectPath: 'company/hidden/hidden',
    };
    const missing = {
      groupId: 888888,
      groupPath: 'company/nothing',
      projectId: 888888,
      projectPath: 'company/hidden/nothing',
    };

    using queries = recordQueries(app);
    const leaks: string[] = [];
    const rows = app.app.protocols.flatMap((protocol) => protocol.routes);
    let ip = 0;
    for (const route of rows) {
      for (const [who, headers] of Object.entries(askers)) {
        for (const by of ['path', 'id'] as const) {
          const urls = [addressOfRow(route, hidden, by), addressOfRow(route, missing, by)];
          const [one, two] = urls;
          if (!one || !two || one === two) continue;
          const ask = (url: string) =>
            app.fetch(url, { method: route.method, headers, ip: `10.0.${ip >> 8}.${ip++ & 255}` });
          const names = [
            one,
            two,
            encodeURIComponent(hidden.groupPath),
            hidden.projectPath,
            missing.projectPath,
            hidden.groupPath,
            missing.groupPath,
          ];
          queries.take();
          const first = await seen(await ask(one), ...names);
          const ofFirst = queries.take();
          const second = await seen(await ask(two), ...names);
          const ofSecond = queries.take();
          if (ofFirst.join('\n') !== ofSecond.join('\n'))
            leaks.push(
              `${nameOfRow(route)} takes other queries for ${who}, ${by}:\n${differenceOf(ofFirst, ofSecond)}`,
            );
          if (/^2/.test(first)) leaks.push(`${nameOfRow(route)} lets ${who} in`);
          if (first !== second) leaks.push(`${nameOfRow(route)} tells ${who}:\n${first}\n--\n${second}`);
        }
      }
    }
    expect(leaks).toEqual([]);
    expect(ip).toBeGreaterThan(100);
  }, 240_000);

  test('an address without .git, a path that moved and a personal namespace tell nothing either', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group(null, { path: 'company' });
    await app.seed.project(group, { path: 'hidden' });
    await app.db
      .insertInto('redirects')
      .values({ path_key: 'company/old', namespace_id: null, project_id: 1 })
      .execute();
    await app.seed.user({ username: 'ada' });
    const refs = '/info/refs?service=git-upload-pack';
    const stranger = await app.seed.user();
    for (const headers of [{}, basic(stranger.username, stranger.token)]) {
      const ask = async (path: string) =>
        (await seen(await app.fetch(path, { headers })))
          .replaceAll(path.split('?')[0] ?? '', 'PATH')
          .replace(/company\/\w+|ada\/\w+/g, 'P');
      const nothing = { git: await ask(`/company/nothing.git${refs}`), bare: await ask(`/company/nothing${refs}`) };
      expect(await ask(`/company/old.git${refs}`)).toBe(nothing.git);
      expect(await ask(`/company/hidden.git${refs}`)).toBe(nothing.git);
      expect(await ask(`/ada/nothing.git${refs}`)).toBe(nothing.git);
      expect(await ask(`/company/hidden${refs}`)).toBe(nothing.bare);
      expect(await ask(`/company/old${refs}`)).toBe(nothing.bare);
    }
  });

  test('names within a request are refused after the same queries too: homes, scopes, mounts, packages, destinations', async () => {
    await using app = await startApp(engine);
    const { seed } = app;
    const company = await seed.group(null, { path: 'company' });
    const hidden = await seed.project(await seed.group(company, { path: 'hidden' }), { path: 'hidden' });
    const open = await seed.group(null, { path: 'open', visibility: 'public' });
    const within = await seed.project(open, { path: 'within' });
    await seed.project(open, { path: 'public', visibility: 'public' });
    const second = await seed.project(open, { path: 'second' });
    for (const project of [hidden, within]) await publishedBy(app, project, '@company/hidden');
    for (const project of [within, second]) await publishedBy(app, project, '@company/twice');
    const stranger = await seed.user({ password: PASSWORD });
    const own = await seed.group(null, { path: 'own' });
    const mine = await seed.project(own, { path: 'mine' });
    await seed.join(own, stranger, 'owner');
    const { secret, username } = await seed.deployToken(mine, {
      scopes: ['read_registry', 'write_registry', 'read_package_registry'],
    });
    const session = await app.services.sessions.begin(stranger.id, { ip: '127.0.0.1', agent: 'a browser' });
    const cookie = { Cookie: `postern=${session.reveal()}`, Accept: 'text/html' };
    const page = { Accept: 'text/html' };
    const user = privateToken(stranger.token);
    const password = basic(stranger.username, PASSWORD);
    const token = basic(username, secret);
    type Asked = [url: string, headers: Record<string, string>, method?: string, body?: Record<string, unknown>];
    const scope = (name: string) => `/jwt/auth?service=container_registry&scope=repository:${name}:pull,push`;
    const mount = (from: string) => `/v2/own/mine/app/blobs/uploads/?mount=sha256:${'a'.repeat(64)}&from=${from}`;
    const pairs: [Asked, Asked][] = [
      ...[page, cookie].flatMap((headers): [Asked, Asked][] => [
        [
          ['/company/hidden/hidden', headers],
          ['/company/hidden/nothing', headers],
        ],
        [
          ['/company/hidden', headers],
          ['/company/nothing', headers],
        ],
        [
          ['/company/hidden/hidden.git', headers],
          ['/company/hidden/nothing.git', headers],
        ],
      ]),
      [
        ['/company', page],
        ['/nothing', page],
      ],
      [
        [`/${stranger.username}`, page],
        ['/nothing', page],
      ],
      ...[password, token].flatMap((headers): [Asked, Asked][] => [
        [
          [scope('company/hidden/hidden/app'), headers],
          [scope('company/hidden/nothing/app'), headers],
        ],
        [
          [mount('company/hidden/hidden/app'), headers, 'POST'],
          [mount('company/hidden/nothing/app'), headers, 'POST'],
        ],
      ]),
      ...[user, token].flatMap((headers): [Asked, Asked][] => [
        [
          ['/api/v4/packages/npm/@company%2fhidden', headers],
          ['/api/v4/packages/npm/@company%2fnothing', headers],
        ],
        [
          ['/api/v4/packages/npm/@company%2fhidden', headers],
          ['/api/v4/packages/npm/@nothing%2fhidden', headers],
        ],
        [
          ['/api/v4/groups/open/-/packages/npm/@company%2fhidden', headers],
          ['/api/v4/groups/open/-/packages/npm/@company%2fnothing', headers],
        ],
        [
          ['/api/v4/groups/open/-/packages/npm/@company%2ftwice', headers],
          ['/api/v4/groups/open/-/packages/npm/@company%2fnothing', headers],
        ],
        [
          ['/api/v4/groups/open/-/packages/npm/-/v1/search?text=twice', headers],
          ['/api/v4/groups/open/-/packages/npm/-/v1/search?text=nothing', headers],
        ],
        [
          ['/api/v4/packages/maven/company/hidden/hidden/1/maven-metadata.xml', headers],
          ['/api/v4/packages/maven/company/hidden/nothing/1/maven-metadata.xml', headers],
        ],
      ]),
      ...[
        ['POST', '/api/v4/projects', 'namespace_id', { path: 'x' }],
        ['POST', '/api/v4/groups', 'parent_id', { path: 'x', name: 'x' }],
        ['PUT', '/api/v4/projects/own%2Fmine/transfer', 'namespace', {}],
        ['POST', '/api/v4/groups/own/transfer', 'group_id', {}],
      ].map(([method, url, name, rest]): [Asked, Asked] => [
        [String(url), user, String(method), { ...Object(rest), [String(name)]: company.id }],
        [String(url), user, String(method), { ...Object(rest), [String(name)]: 888888 }],
      ]),
    ];
    const ask = ([url, headers, method = 'GET', body]: Asked, ip: number) =>
      app.fetch(url, {
        method,
        ip: `10.1.0.${ip}`,
        headers: { ...headers, ...(body ? { 'Content-Type': 'application/json' } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    using queries = recordQueries(app);
    const leaks: string[] = [];
    for (const [index, [one, two]] of pairs.entries()) {
      await ask(one, index);
      queries.take();
      const first = await ask(one, index);
      const ofFirst = queries.take();
      const second = await ask(two, index);
      const ofSecond = queries.take();
      expect([one[0], second.status]).toEqual([one[0], first.status]);
      expect([one[0], ofFirst.length > 0]).toEqual([one[0], true]);
      if (ofFirst.join('\n') !== ofSecond.join('\n'))
        leaks.push(`${one[0]} takes other queries than ${two[0]}:\n${differenceOf(ofFirst, ofSecond)}`);
    }
    expect(leaks).toEqual([]);
  });
});

/** Publishes an npm package in a project. */
async function publishedBy(app: TestApp, project: Project, name: string): Promise<void> {
  const { username, secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
  const manifest = { name, version: '1.0.0' };
  const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
  const headers = { ...basic(username, secret), 'Content-Type': 'application/json' };
  const url = `/api/v4/projects/${project.id}/packages/npm/${name.replace('/', '%2f')}`;
  expect((await app.fetch(url, { method: 'PUT', headers, body })).status).toBe(200);
}
