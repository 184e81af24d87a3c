/**
 * The attack: have a page that anyone may open tell what only some may know: who has an account here, how much a
 * project stores, what is in a package of another project. And have an address name what every object of the language
 * has (`toString`), so that the page fails.
 */

import { expect, test } from 'bun:test';
import { ROLES } from '../../src/domain/members/roles.ts';
import { startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { PASSWORD } from '../support/seed.ts';
import { pagesOf } from '../support/signed-in.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

onEachEngine('pages that tell too much', (engine) => {
  test('a public project tells a stranger neither names of accounts nor what it stores', async () => {
    await using app = await startApp(engine);
    const group = await app.seed.group(null, { path: 'open', visibility: 'public' });
    const { id } = await app.seed.project(group, { path: 'commons', visibility: 'public' });
    const hidden = await app.seed.user({ username: 'someone-hidden' });
    await app.services.members.add({ kind: 'project', id }, hidden.id, { level: ROLES.guest }, app.by);
    await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const { get, post, follow, signIn } = pagesOf(app);
    const { cookie, token } = await signIn('ada');
    const textOf = async (path: string, headers = {}) => (await get(path, headers)).text();

    const members = `/open/commons/-/project_members?removed=${hidden.id}`;
    const remove = `${members.replace('?removed=', '/')}/remove`;
    const removed = await post(remove, { authenticity_token: token }, { Cookie: cookie });
    expect(removed.headers.get('location')).toBe(members);
    expect(await textOf(members)).not.toContain('someone-hidden');
    expect(await (await follow(removed, cookie)).text()).toContain('someone-hidden');
    expect(await textOf('/open/commons')).not.toContain('id="storage"');
    expect(await textOf('/open/commons', { Cookie: cookie })).toContain('id="storage"');
  });

  test('a file of a package is not had under the address of another project, nor what belongs to a file', async () => {
    await using scene = await packageScene(engine);
    const { app, project } = scene;
    const { full_path: open } = await app.seed.project(await app.seed.group(null, { visibility: 'public' }), {
      visibility: 'public',
    });
    await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const made = wheel('tool', '1.0', { says: 'a secret' });
    expect((await scene.send('POST', 'pypi', uploadForm('tool', '1.0', made))).status).toBe(201);
    const { get, signIn } = pagesOf(app);
    const { cookie } = await signIn('ada');
    const files = await app.db.selectFrom('package_files').select(['id', 'parent_id', 'name']).orderBy('id').execute();
    expect(files.map(({ name }) => name)).toEqual([made.file, `${made.file}.metadata`]);
    for (const { id, parent_id } of files) {
      const download = `/-/package_files/${id}/download`;
      for (const headers of [{}, { Cookie: cookie }]) {
        expect((await get(`/${open}${download}`, headers)).status).toBe(404);
      }
      const there = await get(`/${project.full_path}${download}`, { Cookie: cookie });
      expect(there.status).toBe(parent_id === null ? 200 : 404);
      if (parent_id !== null) continue;
      expect(Buffer.from(await there.arrayBuffer()).equals(made.bytes)).toBe(true);
      expect(there.headers.get('content-disposition')).toStartWith('attachment');
      expect(there.headers.get('content-security-policy')).toStartWith('sandbox');
      expect(there.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    }
  });

  test('words that every object has choose nothing', async () => {
    await using app = await startApp(engine);
    await app.seed.user({ username: 'ada', password: PASSWORD, admin: true });
    const { get, signIn } = pagesOf(app);
    const { cookie } = await signIn('ada');
    const look = async (path: string, word: string) => {
      const answer = await get(path + word, { Cookie: cookie });
      return [path, answer.status, (await answer.text()).replaceAll(word, 'WORD')];
    };
    for (const path of ['/admin/audit_logs?kind=', '/admin/deploy_tokens?state=', '/admin/users/ada?done='])
      for (const word of ['toString', 'constructor', '__proto__', 'hasOwnProperty'])
        expect(await look(path, word)).toEqual(await look(path, 'no-such-word'));
  });
});
