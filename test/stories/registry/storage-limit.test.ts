import { expect } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { createClient } from '../../support/client.ts';
import { startDocker } from '../../support/docker.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { onEachServer } from '../../support/on-each-app.ts';

const story = needsClient('skopeo');
const KIB = 1024;

onEachServer('a project with a storage limit', (started) => {
  story('skopeo tells that the image does not fit and how full the project is; what is there is pulled', async () => {
    const { seed, url, services } = await started;
    using client = createClient();
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    const host = new URL(url).host;
    await services.storage.setLimit({ kind: 'project', project }, 100 * KIB, BY_SYSTEM);
    const signIn = ['--authfile', client.path('auth.json')];
    await client.ok(
      ['skopeo', 'login', ...signIn, '--tls-verify=false', '-u', token.username, '--password-stdin', host],
      { stdin: token.secret },
    );
    const push = (name: string, bytes: number) => {
      writeImageLayout(client.path(name), 'v1', [tarOf(name, crypto.getRandomValues(new Uint8Array(bytes)))]);
      const to = `docker://${host}/${project.full_path}/${name}:v1`;
      const from = `oci:${client.path(name)}:v1`;
      const kept = ['--dest-tls-verify=false', '--preserve-digests'];
      return client.run(['skopeo', 'copy', ...signIn, ...kept, from, to]);
    };

    expect((await push('small', 60 * KIB)).code).toBe(0);
    const refused = await push('large', 60 * KIB);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain(`The project ${project.full_path} uses 6`);
    expect(refused.output).toContain('of its storage limit of 100.0 KiB');
    const pulled = await client.run([
      'skopeo',
      'copy',
      ...signIn,
      '--src-tls-verify=false',
      `docker://${host}/${project.full_path}/small:v1`,
      `oci:${client.path('pulled')}:v1`,
    ]);
    expect(pulled.code).toBe(0);
    await services.storage.setLimit({ kind: 'project', project }, 300 * KIB, BY_SYSTEM);
    expect((await push('large', 60 * KIB)).code).toBe(0);
  });

  needsClient('docker', 'dockerd')(
    'docker push shows the message, and succeeds when there is space',
    async () => {
      const { seed, url, services } = await started;
      using client = createClient();
      await using docker = await startDocker(client);
      const project = await seed.project(await seed.group());
      const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
      const { env } = docker;
      const host = new URL(url).host;
      const image = `${host}/${project.full_path}/app:v1`;
      const signIn = ['docker', 'login', '-u', token.username, '--password-stdin', host];
      await client.ok(signIn, { env, stdin: token.secret });
      await Bun.write(client.path('layer.tar'), tarOf('noise', crypto.getRandomValues(new Uint8Array(200 * KIB))));
      await client.ok(['docker', 'import', client.path('layer.tar'), image], { env });
      const push = () => client.run(['docker', 'push', image], { env, timeoutSeconds: 120 });
      await services.storage.setLimit({ kind: 'project', project }, 100 * KIB, BY_SYSTEM);
      const refused = await push();
      expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('of its storage limit of 100.0 KiB')]);
      await services.storage.setLimit({ kind: 'project', project }, null, BY_SYSTEM);
      expect(await push()).toMatchObject({ code: 0 });
    },
    180_000,
  );
});
