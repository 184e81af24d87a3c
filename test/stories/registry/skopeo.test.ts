import { afterAll, expect } from 'bun:test';
import { SYSTEM } from '../../../src/domain/doer.ts';
import { createClient } from '../../support/client.ts';
import { onEachEngine } from '../../support/engines.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout } from '../../support/oci-layout.ts';
import { startServer } from '../../support/server.ts';

const story = needsClient('skopeo');

onEachEngine('skopeo', (engine) => {
  const started = startServer(engine);
  afterAll(async () => (await started)[Symbol.asyncDispose]());

  story('pushes, lists, inspects and pulls with a deploy token, and cannot delete with it', async () => {
    const { seed, url, services } = await started;
    using client = createClient();
    const group = await seed.group();
    const project = await seed.project(await seed.group(group));
    const token = await seed.deployToken(group, { scopes: ['read_registry', 'write_registry'] });
    const host = new URL(url).host;
    const image = `docker://${host}/${project.full_path}/app/web`;
    const { digest } = writeImageLayout(client.path('image'), 'v1', [
      tarOf('hello', Buffer.from('hello\n')),
      tarOf('big', crypto.getRandomValues(new Uint8Array(65_536))),
    ]);
    const signIn = ['--authfile', client.path('auth.json')];
    const tls = ['--tls-verify=false', ...signIn];
    await client.ok(['skopeo', 'login', ...tls, '-u', token.username, '--password-stdin', host], {
      stdin: token.secret,
    });

    await client.ok([
      'skopeo',
      'copy',
      ...signIn,
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${client.path('image')}:v1`,
      `${image}:v1`,
    ]);
    const listed = await client.ok(['skopeo', 'list-tags', ...tls, image]);
    expect(JSON.parse(listed.stdout).Tags).toEqual(['v1']);
    const inspected = await client.ok(['skopeo', 'inspect', ...tls, `${image}:v1`]);
    expect(JSON.parse(inspected.stdout)).toMatchObject({ Digest: digest, Os: 'linux' });
    await client.ok([
      'skopeo',
      'copy',
      ...signIn,
      '--preserve-digests',
      '--src-tls-verify=false',
      `${image}:v1`,
      `oci:${client.path('pulled')}:v1`,
    ]);
    expect(await Bun.file(client.path('pulled/blobs/sha256', digest.slice(7))).exists()).toBe(true);

    const refused = await client.run(['skopeo', 'delete', ...tls, `${image}:v1`]);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain('A deploy token can never do this; it takes a user.');

    await services.deployTokens.revoke({ kind: 'group', id: group.id, path: group.full_path }, token.id, SYSTEM);
    const late = await client.run(['skopeo', 'inspect', ...tls, `${image}:v1`]);
    expect(late.code).not.toBe(0);
    expect(late.output).toContain('Access denied');
  });
});
