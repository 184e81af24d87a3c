import { expect, setDefaultTimeout } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { freePort } from '../../support/postgres.ts';
import { startServer } from '../../support/server.ts';

setDefaultTimeout(120_000);

needsClient('docker', 'skopeo')('clients sign in to a registry on a host of its own, push there and pull', async () => {
  const port = await freePort();
  const host = `localhost:${port}`;
  await using server = await startServer('sqlite', {
    POSTERN_LISTEN: `127.0.0.1:${port}`,
    POSTERN_URL: `http://127.0.0.1:${port}`,
    POSTERN_REGISTRY_URL: `http://${host}`,
  });
  const { seed, logs } = server;
  using client = createClient();
  const project = await seed.project(await seed.group());
  const { username, secret } = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
  const env = { DOCKER_CONFIG: client.path('config'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
  const login = await client.ok(['docker', 'login', '-u', username, '--password-stdin', host], { env, stdin: secret });
  expect(login.output).toContain('Login Succeeded');

  writeImageLayout(client.path('image'), 'v1', [tarOf('hello', Buffer.from('hello\n'))]);
  const image = `docker://${host}/${project.full_path}:v1`;
  const auth = ['--authfile', client.path('config/config.json')];
  const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
  await client.ok(['skopeo', 'copy', ...auth, ...insecure, `oci:${client.path('image')}:v1`, image]);
  await client.ok(['skopeo', 'copy', ...auth, ...insecure, image, `oci:${client.path('pulled')}:v1`]);

  expect((await fetch(`http://${host}/api/v4/version`)).status).toBe(404);
  expect((await fetch(`http://${host}/`)).status).toBe(404);
  expect((await fetch(`${server.url}/-/health`)).status).toBe(200);
  expect(logs.some((line) => line.includes('/jwt/auth'))).toBe(true);
});
