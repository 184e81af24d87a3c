import { expect, setDefaultTimeout } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { startDockerRegistry } from '../../support/docker-registry.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { startServer } from '../../support/server.ts';

setDefaultTimeout(120_000);

needsClient(
  'docker-registry',
  'docker',
  'skopeo',
)("deploy tokens push to someone else's registry and pull from it, each as far as its scopes go", async () => {
  await using server = await startServer('sqlite');
  const { seed, url } = server;
  using client = createClient();
  await Bun.write(client.path('postern.crt'), await (await fetch(`${url}/-/registry.crt`)).bytes());
  await using registry = await startDockerRegistry(client, {
    realm: `${url}/jwt/auth`,
    service: 'container_registry',
    issuer: 'postern',
    rootcertbundle: client.path('postern.crt'),
  });
  const { host } = registry;
  const project = await seed.project(await seed.group());
  const both = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const reader = await seed.deployToken(project, { scopes: ['read_registry'] });
  const env = { DOCKER_CONFIG: client.path('config'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
  const login = ['docker', 'login', '-u', both.username, '--password-stdin', host];
  expect((await client.ok(login, { env, stdin: both.secret })).output).toContain('Login Succeeded');
  expect((await client.run(login, { env, stdin: `${both.secret}x` })).output).toContain('Access denied');

  const { digest } = writeImageLayout(client.path('image'), 'v1', [tarOf('hello', Buffer.from('hello\n'))]);
  const image = `docker://${host}/${project.full_path}/app:v1`;
  const copy = (who: typeof both, ...rest: string[]) => {
    const credentials = `${who.username}:${who.secret}`;
    const creds = rest[0] === image ? '--src-creds' : '--dest-creds';
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    return client.run(['skopeo', 'copy', '--preserve-digests', ...insecure, creds, credentials, ...rest]);
  };
  const layout = `oci:${client.path('image')}:v1`;
  const refused = await copy(reader, layout, image);
  expect([refused.code !== 0, refused.output]).toEqual([true, expect.stringMatching(/denied|unauthorized/)]);
  expect((await copy(both, layout, image)).output).toContain('Storing signatures');
  expect((await copy(reader, image, `oci:${client.path('pulled')}:v1`)).code).toBe(0);
  expect(await Bun.file(client.path('pulled/blobs/sha256', digest.slice(7))).exists()).toBe(true);

  const elsewhere = await seed.deployToken(await seed.project(await seed.group()), { scopes: ['read_registry'] });
  expect((await copy(elsewhere, image, `oci:${client.path('no')}:v1`)).code).not.toBe(0);
  const nobody = ['skopeo', 'inspect', '--tls-verify=false', '--no-creds', image];
  expect((await client.run(nobody)).code).not.toBe(0);
});
