import { expect, setDefaultTimeout } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type TestClient } from '../../support/client.ts';
import { NEWER_ENGINE, startDocker } from '../../support/docker.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';

setDefaultTimeout(180_000);

/**
 * Debian's own: it speaks to the BuildKit of Debian's engine by itself, newer ones by a plug-in that this release has
 * not.
 */
const DOCKER = '/usr/bin/docker';

onOneServer('BuildKit', (started) => {
  /** An image to build of two layers, the lower of which stays as it is, and a token that pulls and pushes. */
  const setUp = async (client: TestClient) => {
    const { seed, url } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const context = client.path('context');
    mkdirSync(context);
    writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY base /base\nCOPY app /app\n');
    writeFileSync(join(context, 'base'), crypto.getRandomValues(new Uint8Array(65_536)));
    const change = (text: string) => writeFileSync(join(context, 'app'), `${text}\n`);
    change('one');
    const host = new URL(url).host;
    return { host, token, context, change, image: `${host}/${project.full_path}/app` };
  };
  type World = Awaited<ReturnType<typeof setUp>>;

  /** Runs `docker` on an engine that was never used before: it knows nothing but what the registry tells it. */
  const onFreshEngine = async ({ host, token }: World, newer: boolean, ...commands: string[][]): Promise<string> => {
    using machine = createClient();
    await using docker = await startDocker(machine, { newer });
    const program = newer ? join(NEWER_ENGINE, 'bin/docker') : DOCKER;
    const options = { env: { ...docker.env, DOCKER_BUILDKIT: '1' }, timeoutSeconds: 120 };
    const login = [program, 'login', '-u', token.username, '--password-stdin', host];
    await machine.ok(login, { ...options, stdin: token.secret });
    let output = '';
    for (const command of commands) output += (await machine.ok([program, ...command], options)).output;
    return output;
  };

  needsClient(DOCKER, 'dockerd')('builds on an image of the registry that holds its cache', async () => {
    using client = createClient();
    const world = await setUp(client);
    const { image, context, change } = world;
    const build = (tag: string, ...more: string[]) =>
      onFreshEngine(
        world,
        false,
        [
          'build',
          '--progress=plain',
          '--build-arg',
          'BUILDKIT_INLINE_CACHE=1',
          '-t',
          `${image}:${tag}`,
          ...more,
          context,
        ],
        ['push', `${image}:${tag}`],
      );
    expect(await build('v1')).not.toContain('CACHED');
    change('two');
    const second = await build('v2', '--cache-from', `${image}:v1`);
    expect(second).toContain('importing cache manifest');
    expect(stepOf(second, 'COPY base')).toContain('CACHED');
    expect(stepOf(second, 'COPY app')).not.toContain('CACHED');
  });

  for (const form of ['image-manifest=false', 'image-manifest=true,oci-mediatypes=true'])
    needsClient(join(NEWER_ENGINE, 'sbin/dockerd'))(
      `keeps its cache in the registry, pushes with an attestation, and builds on it elsewhere (${form})`,
      async () => {
        using client = createClient();
        const world = await setUp(client);
        const { image, context, change } = world;
        const to = `type=registry,ref=${image}:cache,mode=max,${form}`;
        const build = (tag: string, ...more: string[]) =>
          onFreshEngine(world, true, [
            'buildx',
            'build',
            '--progress=plain',
            '-t',
            `${image}:${tag}`,
            '--push',
            '--cache-to',
            to,
            ...more,
            context,
          ]);
        const first = await build('v1');
        expect(first).toContain('exporting attestation manifest');
        expect(stepOf(first, 'COPY base')).not.toContain('sha256:');
        change('two');
        const second = await build('v2', '--cache-from', `type=registry,ref=${image}:cache`);
        expect(second).toContain('inferred cache manifest type: application/vnd.oci.image');
        // Fetched, not made.
        expect(stepOf(second, 'COPY base')).toContain('extracting sha256:');
        expect(stepOf(second, 'COPY app')).not.toContain('sha256:');
        const pulled = await onFreshEngine(world, true, ['pull', `${image}:v2`]);
        expect(pulled).toContain('Downloaded newer image');
      },
    );
});

/** BuildKit's output for one step: its lines have the same number. */
function stepOf(output: string, command: string): string {
  const number = new RegExp(`^(#\\d+) \\[\\d/2\\] ${command}`, 'm').exec(output)?.[1];
  return output
    .split('\n')
    .filter((line) => line.startsWith(`${number} `) && !/^#\d+ sha256:[0-9a-f]{64}$/.test(line))
    .join('\n');
}
