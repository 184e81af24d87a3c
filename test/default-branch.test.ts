import { afterAll, expect, test } from 'bun:test';
import { SYSTEM } from '../src/domain/audit/author.ts';
import { apiClient } from './support/api-client.ts';
import { createClient } from './support/client.ts';
import { makeRepository } from './support/git.ts';
import { serveOverPipe } from './support/git-over-pipe.ts';
import { onEachApp } from './support/on-each-app.ts';
import { PASSWORD } from './support/seed.ts';
import { pagesOf } from './support/signed-in.ts';

const client = createClient();
afterAll(() => client[Symbol.dispose]());

onEachApp('the default branch', (started, engine) => {
  test('is set to an existing branch by the API and on the page, and then the old one can be deleted', async () => {
    const app = await started;
    using pipe = await serveOverPipe(app, SYSTEM);
    const user = await app.seed.user({ admin: true, password: PASSWORD });
    const api = apiClient(app, user.token);
    const project = await app.seed.project(await app.seed.group());
    const path = `/projects/${project.id}`;
    const missing = {
      status: 400,
      body: { message: "Could not set the default branch. Do you have a branch named 'dev' in your repository?" },
    };
    expect(await api.put(path, { default_branch: 'dev' })).toMatchObject(missing);

    const cwd = await makeRepository(client, `default-${engine}`);
    const git = (...args: string[]) => client.run(['git', ...args], { cwd, env: pipe.env });
    const url = pipe.url(project);
    await git('push', '-q', url, 'main', 'main:old', 'main:refs/tags/dev');
    expect(await api.put(path, { default_branch: 'dev' })).toMatchObject(missing);
    for (const name of ['--all', 'refs/heads/old', 'ma*', ''])
      expect((await api.put(path, { default_branch: name })).status).toBe(400);
    expect((await api.get(path)).body.default_branch).toBe('main');
    const changed = await api.put(path, { default_branch: 'old', description: 'of old' });
    expect([changed.status, changed.body.default_branch]).toEqual([200, 'old']);
    expect((await git('ls-remote', '--symref', url, 'HEAD')).stdout).toContain('ref: refs/heads/old\tHEAD');

    const refused = await git('push', url, ':old');
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(
      'old is the default branch and is not deleted. Choose another one in the settings',
    );
    expect(refused.output).not.toContain('receive.denyDeleteCurrent');

    const { signIn, post, get } = pagesOf(app);
    const { cookie, token } = await signIn(user.username);
    const page = `/${project.full_path}/edit`;
    const send = (branch: string) => post(`${page}/branch`, { authenticity_token: token, branch }, { Cookie: cookie });
    const wrong = await send('gone');
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('Do you have a branch named')]);
    expect((await send('main')).status).toBe(303);
    expect(await (await get(page, { Cookie: cookie })).text()).toMatch(/name="branch"[^>]*value="main"/);
    expect((await git('push', url, ':old')).code).toBe(0);
    const events = await api.get(`${path}/audit_events`);
    const details = (events.body as { details: { from?: string; to?: string } }[]).map((event) => event.details);
    expect(details.filter(({ to }) => to === 'old' || to === 'main')).toHaveLength(2);
  });
});
