import { expect } from 'bun:test';
import { expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { createClient } from '../../support/client.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';
import type { TestServer } from '../../support/server.ts';

onOneServer('images and packages in a browser', (started) => {
  const story = inBrowser();

  story('an image is found, pulled by the command of its page, and deleted', async () => {
    const server = await started;
    const { project, token, username } = await furnish(server);
    using client = createClient();
    writeImageLayout(client.path('image'), 'v1', [tarOf('hello', Buffer.from('hello\n'))]);
    const host = new URL(server.url).host;
    const authfile = ['--authfile', client.path('auth.json')];
    const login = [
      'skopeo',
      'login',
      '--tls-verify=false',
      ...authfile,
      '-u',
      token.username,
      '--password-stdin',
      host,
    ];
    await client.ok(login, { stdin: token.secret });
    const to = `docker://${host}/${project.full_path}/app:v1`;
    await client.ok(['skopeo', 'copy', ...authfile, '--dest-tls-verify=false', `oci:${client.path('image')}:v1`, to]);

    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(username, PASSWORD);
    await page.goto(`/${project.full_path}`);
    await page.getByRole('link', { name: 'Images' }).click();
    await expectFits(page);
    await page.getByRole('link', { name: `${project.full_path}/app` }).click();
    await expectFits(page);
    const command = await page.getByLabel('Pull').inputValue();
    expect(command).toBe(`docker pull ${host}/${project.full_path}/app:v1`);
    const pulled = [`docker://${command.split(' ').at(-1)}`, `oci:${client.path('pulled')}:v1`];
    await client.ok(['skopeo', 'copy', ...authfile, '--src-tls-verify=false', ...pulled]);
    await page.getByRole('link', { name: 'v1', exact: true }).click();
    expect(await page.locator('dl').textContent()).toContain('application/vnd.oci.image.manifest.v1+json');
    await expectFits(page);
    await page.goto(`/groups/${project.full_path.split('/')[0]}/-/container_registries`);
    await expectFits(page);
    await page.getByRole('link', { name: `${project.full_path}/app` }).click();
    await page.getByRole('button', { name: 'Delete v1' }).click();
    await page.getByRole('button', { name: 'Delete tag' }).click();
    expect(await page.getByRole('status').textContent()).toBe('The tag v1 is deleted.');
    await page.getByRole('button', { name: 'Delete image' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete image' }).click();
    await page.getByText('Image deleted').waitFor();
    await page.getByText('No images yet').waitFor();
    await expectFits(page);
    visitor.expectNoComplaints();
  });

  story('a package is found, downloaded, installed by the commands of its page, and deleted', async () => {
    const server = await started;
    const { project, token, username } = await furnish(server);
    const manifest = { name: '@scope/lib', version: '1.0.0', description: '<img src=x onerror=alert(1)>' };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest, 'exports.x = 1')));
    const address = `${server.url}/api/v4/projects/${project.id}/packages/npm/@scope%2flib`;
    const headers = { 'Content-Type': 'application/json', 'Deploy-Token': token.secret };
    expect((await fetch(address, { method: 'PUT', headers, body })).status).toBe(200);

    await using visitor = await openVisitor(server.url);
    const { page } = visitor;
    await visitor.signIn(username, PASSWORD);
    await page.goto(`/groups/${project.full_path.split('/')[0]}/-/packages`);
    await expectFits(page);
    await page.goto(`/${project.full_path}/-/packages?search=LIB&type=npm`);
    await expectFits(page);
    await page.getByRole('link', { name: '@scope/lib' }).click();
    await expectFits(page);
    using client = createClient({ npm_config_globalconfig: '/dev/null', npm_config_audit: 'false' });
    const [npmrc = '', install = ''] = await page.locator('pre').allTextContents();
    await Bun.write(client.path('.npmrc'), npmrc.replace('DEPLOY_TOKEN', token.secret));
    await Bun.write(client.path('package.json'), '{}');
    await client.ok(install.split(' '));
    expect(await Bun.file(client.path('node_modules/@scope/lib/index.js')).text()).toBe('exports.x = 1');

    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: '@scope/lib-1.0.0.tgz' }).click(),
    ]);
    expect(saved.suggestedFilename()).toBe('lib-1.0.0.tgz');
    const href = await page.getByRole('link', { name: '@scope/lib-1.0.0.tgz' }).getAttribute('href');
    const reply = await page.context().request.get(href ?? '');
    expect(reply.headers()).toMatchObject({
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    });
    expect(reply.headers()['content-disposition']).toStartWith('attachment;');
    const stranger = await fetch(`${server.url}${href}`, { redirect: 'manual', headers: { Accept: '*/*' } });
    expect(stranger.status).toBe(401);

    await page.getByRole('button', { name: 'Delete version' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete version' }).click();
    await page.getByText('Package version deleted.').waitFor();
    await page.getByText('No packages yet').waitFor();
    await expectFits(page);
    visitor.expectNoComplaints();
  });
});

async function furnish({ seed }: TestServer) {
  const group = await seed.group(null, { visibility: 'private' });
  const project = await seed.project(group);
  const username = `ada-${crypto.randomUUID().slice(0, 8)}`;
  await seed.member(group, 'maintainer', { username, password: PASSWORD });
  const scopes = ['read_registry', 'write_registry', 'read_package_registry', 'write_package_registry'];
  return { project, username, token: await seed.deployToken(project, { scopes }) };
}
