import { expect, setDefaultTimeout } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { createClient } from '../../support/client.ts';
import { containersEnv } from '../../support/containers.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';

setDefaultTimeout(120_000);

onOneServer('buildah and podman', (started) => {
  needsClient('buildah', 'podman')('build from nothing, push and pull, with a list of images, too', async () => {
    const { seed, url } = await started;
    using client = createClient();
    const env = containersEnv(client);
    const ok = (...command: string[]) => client.ok(command, { env, timeoutSeconds: 90 });
    const host = new URL(url).host;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const image = `${host}/${project.full_path}`;
    const login = ['login', '--tls-verify=false', '-u', token.username, '--password-stdin', host];
    await client.ok(['podman', ...login], { env, stdin: token.secret });

    writeFileSync(client.path('Dockerfile'), 'FROM scratch\nCOPY hello /\nLABEL from=story\n');
    writeFileSync(client.path('hello'), 'hello\n');
    const build = ['buildah', 'build', '--isolation', 'chroot', '--tls-verify=false', '-q'];
    await ok(...build, '-t', `${image}:v1`, client.work);
    await ok('buildah', 'push', '--tls-verify=false', '-q', `${image}:v1`);
    await ok('podman', 'manifest', 'create', 'list');
    await ok('podman', 'manifest', 'add', '--tls-verify=false', 'list', `docker://${image}:v1`);
    await ok('podman', 'manifest', 'push', '--tls-verify=false', '--all', 'list', `docker://${image}/list:v1`);
    await ok('podman', 'rmi', '-a', '-f');

    for (const reference of [`${image}:v1`, `${image}/list:v1`]) {
      await ok('podman', 'pull', '--tls-verify=false', '-q', reference);
      const { stdout } = await ok(
        'podman',
        'inspect',
        '--type',
        'image',
        '--format',
        '{{index .Labels "from"}}',
        reference,
      );
      expect(stdout).toBe('story\n');
      await ok('podman', 'rmi', '-a', '-f');
    }
  });
});
