import { describe, expect, setDefaultTimeout } from 'bun:test';
import type { RawSettings } from '../../../src/config/settings.ts';
import type { Snippet } from '../../../src/http/setup.ts';
import { setup } from '../../../src/protocols/oci/setup.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { createClient, type TestClient } from '../../support/client.ts';
import { containersEnv } from '../../support/containers.ts';
import { startDocker } from '../../support/docker.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { startServer } from '../../support/server.ts';

setDefaultTimeout(180_000);

/** A server, and a token of the group two levels above its project. */
async function startWorld(settings: RawSettings = {}) {
  const server = await startServer('sqlite', settings);
  const top = await server.seed.group();
  const project = await server.seed.project(await server.seed.group(await server.seed.group(top)));
  const { username, secret } = await server.seed.deployToken(top, { scopes: ['read_registry', 'write_registry'] });
  const snippets = setup({
    registry: server.url,
    projectPath: project.full_path,
    username,
    token: secret,
  });
  return {
    server,
    snippets,
    image: `${new URL(server.url).host}/${project.full_path}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Pastes the snippets whose titles begin so, in order. */
async function paste(client: TestClient, snippets: readonly Snippet[], title: string, env: Record<string, string>) {
  const cwd = client.path('context');
  const wanted = snippets.filter((snippet) => snippet.title.startsWith(title));
  expect(wanted.length).toBeGreaterThan(0);
  const outputs: string[] = [];
  for (const { text } of wanted)
    outputs.push((await client.ok(['sh', '-ec', text], { env, cwd, timeoutSeconds: 90 })).output);
  return outputs.join('');
}

/** The files that the snippets need in their folder. */
async function writeContext(client: TestClient): Promise<void> {
  await Bun.write(client.path('context/Dockerfile'), 'FROM scratch\nCOPY hello /\nLABEL from=snippet\n');
  await Bun.write(client.path('context/hello'), 'hello\n');
  await Bun.write(client.path('context/file.txt'), 'hello\n');
  writeImageLayout(client.path('context/image'), 'latest', [tarOf('hello', Buffer.from('hello\n'))]);
}

for (const scheme of ['http', 'https'] as const) {
  /**
   * Over TLS the certificate is signed by nobody that the machine knows; clients are configured through the
   * environment, as on a machine that trusts it.
   */
  const prepare = async (client: TestClient) => {
    if (scheme === 'http') return { settings: {}, trust: {} };
    const { ca, certificate, key } = await makeCertificates(client);
    return { settings: { POSTERN_TLS_CERT: certificate, POSTERN_TLS_KEY: key }, trust: { SSL_CERT_FILE: ca } };
  };

  describe(`the snippets for images over ${scheme}, pasted as they are`, () => {
    needsClient(
      'docker',
      'dockerd',
      'openssl',
    )('docker signs in, builds, pushes and pulls', async () => {
      using client = createClient();
      const { settings } = await prepare(client);
      await using world = await startWorld(settings);
      await using docker = await startDocker(client);
      await writeContext(client);
      const output = await paste(client, world.snippets, 'Docker:', docker.env);
      expect(output).toContain('Login Succeeded');
      expect(output).toMatch(/latest: digest: sha256:[0-9a-f]{64}/);
      expect(output).toContain(`Image is up to date for ${world.image}:latest`);
    });

    needsClient(
      'podman',
      'buildah',
      'openssl',
    )('podman signs in, buildah pushes, podman pulls', async () => {
      using client = createClient();
      const { settings, trust } = await prepare(client);
      await using world = await startWorld(settings);
      await writeContext(client);
      const env = { ...containersEnv(client), ...trust, BUILDAH_ISOLATION: 'chroot' };
      await paste(client, world.snippets, 'Podman and Buildah:', env);
      await client.ok(['podman', 'rmi', '-a', '-f'], { env });
      await paste(client, world.snippets, 'Podman: pull', env);
      const inspect = ['podman', 'inspect', '--type', 'image', '--format', '{{index .Labels "from"}}'];
      expect((await client.ok([...inspect, `${world.image}:latest`], { env })).stdout).toBe('snippet\n');
    });

    needsClient('skopeo', 'openssl')('skopeo signs in, pushes out of a folder, looks and pulls', async () => {
      using client = createClient();
      const { settings, trust } = await prepare(client);
      await using world = await startWorld(settings);
      await writeContext(client);
      const output = await paste(client, world.snippets, 'skopeo:', { ...containersEnv(client), ...trust });
      expect(output).toContain('"Tags": [\n        "latest"\n    ]');
      const copied = await Bun.file(client.path('context/copy/index.json')).json();
      expect(output).toContain(`"Digest": "${copied.manifests[0].digest}"`);
    });

    needsClient('oras', 'openssl')('oras signs in, pushes a file and pulls it', async () => {
      using client = createClient();
      const { settings, trust } = await prepare(client);
      await using world = await startWorld(settings);
      await writeContext(client);
      await paste(client, world.snippets, 'ORAS:', { DOCKER_CONFIG: client.path('config'), ...trust });
      expect(await Bun.file(client.path('context/pulled/file.txt')).text()).toBe('hello\n');
    });

    needsClient(
      'skopeo',
      'kubectl',
      'openssl',
    )('the secrets for Kubernetes open the registry', async () => {
      using client = createClient();
      const { settings, trust } = await prepare(client);
      await using world = await startWorld(settings);
      const env = { ...containersEnv(client), ...trust };
      await writeContext(client);
      await paste(client, world.snippets, 'skopeo: sign in', env);
      await paste(client, world.snippets, 'skopeo: push', env);

      const [command, manifest] = world.snippets.filter(({ title }) => title.startsWith('Kubernetes:'));
      // There is no cluster: kubectl makes the object that it would send to one.
      const [create] = command?.text.split('\nkubectl patch') ?? [];
      const made = await client.ok(['sh', '-ec', `${create} --dry-run=client -o json`], { env });
      const fromKubectl = Buffer.from(JSON.parse(made.stdout).data['.dockerconfigjson'], 'base64').toString();
      const ours = Bun.YAML.parse(manifest?.text ?? '') as Record<string, Record<string, string>>;
      expect(ours).toMatchObject({ kind: 'Secret', type: JSON.parse(made.stdout).type });
      const fromManifest = ours['stringData']?.['.dockerconfigjson'] ?? '';
      const onlyFiles = world.snippets.find(({ file }) => file === '~/.docker/config.json')?.text ?? '';
      for (const [name, config] of Object.entries({ fromKubectl, fromManifest, onlyFiles })) {
        await Bun.write(client.path(name), config);
        const inspect = ['skopeo', 'inspect', `--tls-verify=${scheme === 'https'}`, '--authfile', client.path(name)];
        await client.ok([...inspect, `docker://${world.image}:latest`], { env });
      }
    });
  });
}
