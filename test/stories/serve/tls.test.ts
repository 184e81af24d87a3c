import { afterAll, expect, test } from 'bun:test';
import { createClient } from '../../support/client.ts';
import { startServer } from '../../support/server.ts';

/** A private authority and a certificate for this machine, as a company makes them. */
async function makeCertificates() {
  const client = createClient();
  const openssl = (...words: string[]) => client.ok(['openssl', ...words]);
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  await openssl('req', '-x509', ...key, '-days', '2', '-subj', '/CN=Test CA', '-keyout', 'ca.key', '-out', 'ca.crt');
  await openssl('req', ...key, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr');
  await Bun.write(client.path('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const sign = ['x509', '-req', '-days', '2', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
  await openssl(...sign, '-in', 'server.csr', '-extfile', 'names', '-out', 'server.crt');
  const server = await startServer('sqlite', {
    POSTERN_TLS_CERT: client.path('server.crt'),
    POSTERN_TLS_KEY: client.path('server.key'),
  });
  return { client, server, ca: client.path('ca.crt') };
}

const started = makeCertificates();
afterAll(async () => {
  const { client, server } = await started;
  await server[Symbol.asyncDispose]();
  client[Symbol.dispose]();
});

test('curl that trusts the authority is served, and one that does not is not', async () => {
  const { client, server, ca } = await started;
  const health = `${server.url}/-/health`;
  expect(health).toStartWith('https://');
  expect((await client.ok(['curl', '-sS', '--cacert', ca, health])).stdout).toBe('{"status":"ok"}');
  const stranger = await client.run(['curl', '-sS', health]);
  expect([stranger.code, stranger.stdout]).toEqual([60, '']);
});

test('the links it hands out are https', async () => {
  const { client, server, ca } = await started;
  const project = await server.seed.project(await server.seed.group(null, { visibility: 'public' }), {
    visibility: 'public',
  });
  const { stdout } = await client.ok(['curl', '-sS', '--cacert', ca, `${server.url}/api/v4/projects/${project.id}`]);
  expect(JSON.parse(stdout)).toMatchObject({ http_url_to_repo: `${server.url}/${project.full_path}.git` });
});

test('git clones with a deploy token, and not without the authority', async () => {
  const { client, server, ca } = await started;
  const project = await server.seed.project(await server.seed.group());
  const token = await server.seed.deployToken(project);
  const url = `${server.urlFor(token.username, token.secret)}/${project.full_path}.git`;
  await client.ok(['git', 'clone', '-q', url, 'trusting'], { env: { GIT_SSL_CAINFO: ca } });
  const stranger = await client.run(['git', 'clone', '-q', url, 'stranger']);
  expect(stranger.code).not.toBe(0);
  expect(stranger.output).toMatch(/certificate/i);
});

test('a client that speaks plain HTTP to it learns nothing and breaks nothing', async () => {
  const { client, server, ca } = await started;
  const plain = await client.run(['curl', '-sS', '--max-time', '5', server.url.replace('https', 'http')]);
  expect(plain.stdout).toBe('');
  expect((await client.ok(['curl', '-sS', '--cacert', ca, `${server.url}/-/health`])).stdout).toBe('{"status":"ok"}');
});
