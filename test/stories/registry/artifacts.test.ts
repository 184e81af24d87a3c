import { expect, setDefaultTimeout } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { onOneServer } from '../../support/on-each-app.ts';

setDefaultTimeout(120_000);

onOneServer('artifacts', (started) => {
  const setUp = async () => {
    const { seed, url } = await started;
    const project = await seed.project(await seed.group());
    const token = await seed.deployToken(project, { scopes: ['read_registry', 'write_registry'] });
    return { host: new URL(url).host, path: project.full_path, token };
  };

  needsClient('oras')('oras pushes any file, attaches to it, and finds and pulls both again', async () => {
    const { host, path, token } = await setUp();
    using client = createClient({ DOCKER_CONFIG: '/nonexistent' });
    const env = { DOCKER_CONFIG: client.path('config') };
    const ok = (...command: string[]) => client.ok(['oras', ...command], { env });
    await client.ok(['oras', 'login', '--plain-http', '-u', token.username, '--password-stdin', host], {
      env,
      stdin: token.secret,
    });
    const reference = `${host}/${path}/artifact:v1`;
    writeFileSync(client.path('hello.txt'), 'hello\n');
    writeFileSync(client.path('sbom.json'), '{}');
    await ok('push', '--plain-http', '--artifact-type', 'x/artifact', reference, 'hello.txt:text/plain');
    await ok('attach', '--plain-http', '--artifact-type', 'x/sbom', reference, 'sbom.json');

    const found = JSON.parse((await ok('discover', '--plain-http', '--format', 'json', reference)).stdout);
    expect(found.manifests).toMatchObject([{ artifactType: 'x/sbom' }]);
    expect((await ok('repo', 'tags', '--plain-http', `${host}/${path}/artifact`)).stdout).toBe('v1\n');
    await ok('pull', '--plain-http', '-o', client.path('pulled'), reference);
    expect(await Bun.file(client.path('pulled/hello.txt')).text()).toBe('hello\n');
    await ok('cp', '-r', '--from-plain-http', '--to-plain-http', reference, `${host}/${path}/copy:v1`);
    const copied = JSON.parse(
      (await ok('discover', '--plain-http', '--format', 'json', `${host}/${path}/copy:v1`)).stdout,
    );
    expect(copied.manifests).toHaveLength(1);
  });

  needsClient('oras', 'cosign')('cosign signs what is there and verifies it', async () => {
    const { host, path, token } = await setUp();
    using client = createClient();
    const env = { DOCKER_CONFIG: client.path('config'), COSIGN_PASSWORD: '' };
    await client.ok(['oras', 'login', '--plain-http', '-u', token.username, '--password-stdin', host], {
      env,
      stdin: token.secret,
    });
    writeFileSync(client.path('hello.txt'), 'hello\n');
    const pushed = await client.ok(
      ['oras', 'push', '--plain-http', '--format', 'json', `${host}/${path}/signed:v1`, 'hello.txt:text/plain'],
      { env },
    );
    const reference = `${host}/${path}/signed@${JSON.parse(pushed.stdout).digest}`;
    await client.ok(['cosign', 'generate-key-pair'], { env });
    const open = '--allow-http-registry';
    await client.ok(['cosign', 'sign', '--key', 'cosign.key', '--tlog-upload=false', open, '-y', reference], { env });
    const verify = ['cosign', 'verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', open];
    expect((await client.ok([...verify, reference], { env })).stdout).toContain(reference.split('@')[1] ?? '');

    await client.ok(['oras', 'push', '--plain-http', `${host}/${path}/signed:v2`, 'hello.txt:text/other'], { env });
    expect((await client.run([...verify, `${host}/${path}/signed:v2`], { env })).code).not.toBe(0);
  });
});
