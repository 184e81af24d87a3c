import { afterAll, describe, expect, setDefaultTimeout } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { bucketSettings, needsCeph } from '../../support/ceph.ts';
import { createClient } from '../../support/client.ts';
import { startDocker } from '../../support/docker.ts';
import { ENGINES } from '../../support/engines.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { startServer, type TestServer } from '../../support/server.ts';

setDefaultTimeout(120_000);

const BOTH = ['read_registry', 'write_registry'];

/** Of the requests for blobs that were logged, how each was answered. */
const answersIn = ({ logs }: TestServer) =>
  new Set(
    logs
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as { method: string; route: string; status: number })
      .filter(({ method, route }) => method === 'GET' && route === '/v2/:name{.+}/blobs/:digest')
      .map(({ status }) => status),
  );

/** Both engines and both ways to pull are covered, though not every combination: they are independent. */
const WAYS = [
  { engine: 'postgres', redirect: 'on', answer: 307 },
  { engine: 'sqlite', redirect: 'off', answer: 200 },
] as const;

for (const { engine, redirect, answer } of WAYS.filter(({ engine }) => ENGINES.includes(engine)))
  describe(`images in S3, redirect=${redirect} [${engine}]`, () => {
    let server: Promise<TestServer> | undefined;
    const started = () => {
      server ??= bucketSettings(`redirect=${redirect}`).then((settings) => startServer(engine, settings));
      return server;
    };
    afterAll(async () => (await server)?.[Symbol.asyncDispose]());

    needsCeph('skopeo pushes and pulls layers of many sizes', async () => {
      const { seed, url, folder } = await started();
      using client = createClient();
      const project = await seed.project(await seed.group());
      const token = await seed.deployToken(project, { scopes: BOTH });
      const host = new URL(url).host;
      const sizes = [1, 65_536, 9_000_000, 17 * 1024 * 1024];
      const { digest } = writeImageLayout(
        client.path('image'),
        'v1',
        sizes.map((size, i) => tarOf(`file${i}`, Buffer.alloc(size, crypto.randomUUID()))),
      );
      const login = ['--creds', `${token.username}:${token.secret}`, '--tls-verify=false'];
      const copy = (kind: string) => login.map((word) => word.replace(/^--/, `--${kind}-`));
      const image = `docker://${host}/${project.full_path}/app:v1`;
      await client.ok([
        'skopeo',
        'copy',
        '--preserve-digests',
        ...copy('dest'),
        `oci:${client.path('image')}:v1`,
        image,
      ]);
      await client.ok([
        'skopeo',
        'copy',
        '--preserve-digests',
        ...copy('src'),
        image,
        `oci:${client.path('pulled')}:v1`,
      ]);
      const inspected = await client.ok(['skopeo', 'inspect', ...login, image]);
      expect(JSON.parse(inspected.stdout).Digest).toBe(digest);
      const same = await client.run(['diff', '-r', client.path('image/blobs'), client.path('pulled/blobs')]);
      expect([same.code, same.output]).toEqual([0, '']);
      expect(answersIn(await started())).toEqual(new Set([answer]));
      const here = await client.run(['find', folder, '-type', 'f', '-size', '+1000k']);
      expect(here.stdout.split('\n').filter((path) => path !== '' && !path.includes('.sqlite'))).toEqual([]);
    });

    needsClient('docker', 'dockerd')('a Docker engine builds, pushes and pulls', async () => {
      const { seed, url, logs } = await started();
      using client = createClient();
      await using docker = await startDocker(client);
      const { env } = docker;
      const ok = (...command: string[]) => client.ok(['docker', ...command], { env, timeoutSeconds: 90 });
      const project = await seed.project(await seed.group());
      const token = await seed.deployToken(project, { scopes: BOTH });
      const host = new URL(url).host;
      await client.ok(['docker', 'login', '-u', token.username, '--password-stdin', host], {
        env,
        stdin: token.secret,
      });
      const image = `${host}/${project.full_path}/app:v1`;
      mkdirSync(client.path('context'));
      writeFileSync(client.path('context/Dockerfile'), 'FROM scratch\nCOPY big /\nLABEL from=story\n');
      writeFileSync(client.path('context/big'), crypto.getRandomValues(new Uint8Array(65_536)));
      await ok('build', '-q', '-t', image, client.path('context'));
      await ok('push', image);
      await ok('rmi', '-f', image);
      await ok('pull', '-q', image);
      expect((await ok('inspect', '--format', '{{.Config.Labels.from}}', image)).stdout).toBe('story\n');
      expect(logs.join()).not.toMatch(/X-Amz-Signature|a-secret-key-of-the-tests/i);
    });
  });
