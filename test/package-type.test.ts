import { expect, test } from 'bun:test';
import { startApp } from './support/app.ts';
import { onEachEngine } from './support/engines.ts';
import { PASSWORD } from './support/seed.ts';
import { pagesOf } from './support/signed-in.ts';
import { ROOT } from './support/source-tree.ts';
import { text } from './text-type/index.ts';

onEachEngine('the smallest package type: one folder and one entry in the list', (engine) => {
  test('is published, listed, downloaded and deleted by all entrances, and its document follows', async () => {
    await using app = await startApp(engine, {}, { types: [text] });
    const project = await app.seed.project(await app.seed.group());
    const user = await app.seed.member(project, 'maintainer', { password: PASSWORD });
    const { secret } = await app.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const root = `/api/v4/projects/${project.id}/packages`;
    const send = (method: string, path: string, body: string | null = null) =>
      app.fetch(`${root}/text/${path}`, { method, body, headers: { 'Deploy-Token': secret } });
    for (const version of ['1.0', '1.1', '2.0'])
      expect((await send('PUT', `notes/${version}`, `the text ${version}`)).status).toBe(201);
    expect((await send('PUT', 'notes/1.0', 'another')).status).toBe(409);
    expect((await send('PUT', 'Notes/3.0', 'the text')).status).toBe(400);
    expect((await app.fetch(`${root}/text/notes`)).status).toBe(401);
    expect(await (await send('GET', 'notes/1.1')).text()).toBe('the text 1.1');
    expect(await (await send('GET', 'notes')).text()).toBe('1.0\n1.1\n2.0\n');

    const headers = { 'PRIVATE-TOKEN': user.token };
    const listed = (await (await app.fetch(root, { headers })).json()) as { id: number; version: string }[];
    expect(listed.map(({ version }) => version).sort()).toEqual(['1.0', '1.1', '2.0']);
    const idOf = (version: string) => listed.find((each) => each.version === version)?.id;
    expect((await app.fetch(`${root}/${idOf('1.0')}`, { method: 'DELETE', headers })).status).toBe(204);
    expect(await (await send('GET', 'notes')).text()).toBe('1.1\n2.0\n');

    const pages = pagesOf(app);
    const { cookie, token } = await pages.signIn(user.username);
    const page = await pages.get(`/${project.full_path}/-/packages`, { Cookie: cookie });
    expect(await page.text()).toContain('Text packages');
    const path = `/${project.full_path}/-/packages/${idOf('1.1')}/delete`;
    expect((await pages.post(path, { authenticity_token: token }, { Cookie: cookie })).status).toBe(303);
    expect(await (await send('GET', 'notes')).text()).toBe('2.0\n');
    expect((await app.fetch(`${root}/${idOf('2.0')}`, { method: 'DELETE', headers })).status).toBe(204);
    expect([(await send('GET', 'notes')).status, (await send('GET', 'notes/2.0')).status]).toEqual([404, 404]);
  });
});

test('the example in src/protocols/README.md is that folder', async () => {
  const example = await Bun.file(`${ROOT}/test/text-type/index.ts`).text();
  const readme = await Bun.file(`${ROOT}/src/protocols/README.md`).text();
  expect(readme).toContain(`\`\`\`ts\n${example.replaceAll('../../src/', '../../')}\`\`\`\n`);
});
