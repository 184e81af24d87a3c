/**
 * The attack: learn which private projects there are by asking for many names and comparing the answers. A project that
 * may not be seen and one that is not there must be answered byte for byte alike, on every row and to everyone who may
 * not know, in the headers too; only the request's own id and time may differ. (CVE-2026-16545, CVE-2026-5796.)
 */

import { expect, test } from 'bun:test';
import { basic, privateToken, startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
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
          const first = await seen(await ask(one), ...names);
          const second = await seen(await ask(two), ...names);
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
});
