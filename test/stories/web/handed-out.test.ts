import { expect, test } from 'bun:test';
import type { Page } from 'playwright-core';
import { inBrowser, openVisitor } from '../../support/browser.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { createClient, PROGRAM_PATH, type TestClient } from '../../support/client.ts';
import { containersEnv } from '../../support/containers.ts';
import { createMaven } from '../../support/maven.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { PASSWORD } from '../../support/seed.ts';
import { startServer } from '../../support/server.ts';
import { makeToken, snippetsOn } from '../../support/token-page.ts';
import { uploadForm, wheel } from '../../support/wheel.ts';

const story = inBrowser();
/** A story that also runs these programs. */
const storyWith = (...programs: string[]): typeof story =>
  programs.every((program) => Bun.which(program, { PATH: PROGRAM_PATH })) || process.env['CI'] === 'true'
    ? story
    : (name) => test.skip(`${name} (${programs.join(', ')} not installed: run script/clients)`, () => {});

/**
 * A maintainer makes a token with every scope on the page of a project. @returns what the page hands out, by its title.
 */
async function handOut(server: Awaited<ReturnType<typeof startServer>>) {
  const { seed } = server;
  const group = await seed.group();
  const project = await seed.project(group);
  await seed.member(group, 'maintainer', { username: 'ada', password: PASSWORD });
  await using visitor = await openVisitor(server.url, { ignoreHTTPSErrors: true });
  const { page } = visitor;
  await visitor.signIn('ada', PASSWORD);
  const secret = await makeToken(page, `/${project.full_path}/-/settings/repository#js-deploy-tokens`, [
    'read_repository',
    'read_registry',
    'write_registry',
    'read_package_registry',
    'write_package_registry',
  ]);
  await expectNothingUnderButtons(page);
  const all = await snippetsOn(page);
  visitor.expectNoComplaints();
  const shown = (title: string): string => {
    const found = all.find((one) => one.title.startsWith(title));
    if (!found) throw new Error(`no snippet ${title} among ${all.map((one) => one.title).join(', ')}`);
    return found.text;
  };
  return { project, secret, shown };
}

/** Scrolled lines must not be hidden below the copy button. */
async function expectNothingUnderButtons(page: Page): Promise<void> {
  const figure = page.locator('figure.snippet').first();
  const [lines, button] = await Promise.all(['pre', 'button'].map((part) => figure.locator(part).boundingBox()));
  const end = (lines?.x ?? Number.NaN) + (lines?.width ?? Number.NaN);
  expect(end).toBeLessThanOrEqual(button?.x ?? Number.NaN);
}

storyWith('pip3')(
  'pip installs with pip.conf as it is shown once',
  async () => {
    await using server = await startServer('sqlite');
    using client = createClient();
    const { project, secret, shown } = await handOut(server);
    const made = wheel('handed-out', '1.0.0');
    const published = await fetch(`${server.url}/api/v4/projects/${project.id}/packages/pypi`, {
      method: 'POST',
      headers: { 'Deploy-Token': secret },
      body: uploadForm('handed-out', '1.0.0', made),
    });
    expect(published.status).toBe(201);
    await Bun.write(`${client.home}/.config/pip/pip.conf`, shown('pip: install from the project'));
    const target = client.path('target');
    await client.ok(['python3', '-m', 'pip', 'install', '--target', target, 'handed-out'], { timeoutSeconds: 120 });
    expect(await Bun.file(`${target}/handed_out.py`).text()).toContain('1.0.0');
  },
  180_000,
);

storyWith('mvn')(
  'Maven deploys and resolves with settings.xml as it is shown once',
  async () => {
    await using server = await startServer('sqlite');
    using client = createClient();
    const { project, shown } = await handOut(server);
    const maven = await createMaven(client, shown('Maven: sign in'));
    const url = `${server.url}/api/v4/projects/${project.id}/packages/maven`;
    await Bun.write(client.path('lib.txt'), 'a library\n');
    const deployed = await maven.deploy(url, 'com.example:handed-out:1.0', client.path('lib.txt'), ['-Dpackaging=txt']);
    expect({ code: deployed.code, output: deployed.code === 0 ? '' : deployed.output }).toEqual({
      code: 0,
      output: '',
    });
    const another = await createMaven(client, shown('Maven: sign in'));
    const got = await another.get(url, 'com.example:handed-out:1.0:txt', ['-Dtransitive=false']);
    expect({ code: got.code, output: got.code === 0 ? '' : got.output }).toEqual({ code: 0, output: '' });
    const local = another.local('com/example/handed-out/1.0/handed-out-1.0.txt');
    expect(await local.text()).toBe('a library\n');
  },
  300_000,
);

storyWith('podman', 'skopeo', 'openssl')(
  'Podman pulls with its sign-in, and with the secret for Kubernetes alone, as they are shown once',
  async () => {
    using client = createClient();
    const { ca, certificate, key } = await makeCertificates(client);
    await using server = await startServer('sqlite', { POSTERN_TLS_CERT: certificate, POSTERN_TLS_KEY: key });
    const { project, shown } = await handOut(server);
    const env = { ...containersEnv(client), SSL_CERT_FILE: ca };
    const image = `${new URL(server.url).host}/${project.full_path}:latest`;
    const login = await client.ok(['sh', '-ec', shown('Podman and Buildah: sign in')], { env });
    expect(login.output).toContain('Login Succeeded');
    writeImageLayout(client.path('image'), 'latest', [tarOf('hello', Buffer.from('hello\n'))]);
    await client.ok(['skopeo', 'copy', `oci:${client.path('image')}:latest`, `docker://${image}`], { env });
    await client.ok(['sh', '-ec', shown('Podman: pull')], { env, timeoutSeconds: 120 });

    const manifest = Bun.YAML.parse(shown('Kubernetes: the same as a manifest')) as {
      kind: string;
      stringData: Record<string, string>;
    };
    expect(manifest.kind).toBe('Secret');
    await pullsWithout(client, image, env);
    await Bun.write(client.path('kube.json'), manifest.stringData['.dockerconfigjson'] ?? '');
    await client.ok(['podman', 'pull', '--authfile', client.path('kube.json'), image], { env, timeoutSeconds: 120 });
  },
  300_000,
);

/** Pulled images and sign-ins are removed: the next pull has only its own credentials. */
async function pullsWithout(client: TestClient, image: string, env: Record<string, string>): Promise<void> {
  await client.ok(['podman', 'rmi', '-a', '-f'], { env });
  await client.ok(['podman', 'logout', '--all'], { env });
  expect((await client.run(['podman', 'pull', image], { env, timeoutSeconds: 120 })).code).not.toBe(0);
}
