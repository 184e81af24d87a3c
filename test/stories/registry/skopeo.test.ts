import { expect } from 'bun:test';
import { BY_SYSTEM } from '../../../src/domain/access/confirm.ts';
import { createClient } from '../../support/client.ts';
import { needsClient } from '../../support/needs-client.ts';
import { tarOf, writeImageLayout, writeIndexLayout } from '../../support/oci-layout.ts';
import { onEachServer } from '../../support/on-each-app.ts';

const story = needsClient('skopeo');

onEachServer('skopeo', (started) => {
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

    await services.deployTokens.revoke({ kind: 'group', id: group.id, path: group.full_path }, token.id, BY_SYSTEM);
    const late = await client.run(['skopeo', 'inspect', ...tls, `${image}:v1`]);
    expect(late.code).not.toBe(0);
    expect(late.output).toContain('Access denied');
  });

  story('syncs an index of several platforms from project to project; a Developer deletes it', async () => {
    const { seed, url } = await started;
    using client = createClient();
    const group = await seed.group();
    const from = await seed.project(group);
    const to = await seed.project(group);
    const token = await seed.deployToken(group, { scopes: ['read_registry', 'write_registry'] });
    const host = new URL(url).host;
    const source = `${host}/${from.full_path}/app`;
    const target = `${host}/${to.full_path}`;
    const { digests, index } = writeIndexLayout(client.path('image'), 'v1', [
      [tarOf('amd64', Buffer.from('one\n'))],
      [tarOf('arm64', Buffer.from('other\n'))],
    ]);
    const signIn = ['--authfile', client.path('auth.json')];
    const tls = ['--tls-verify=false', ...signIn];
    const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false', ...signIn];
    await client.ok(['skopeo', 'login', ...tls, '-u', token.username, '--password-stdin', host], {
      stdin: token.secret,
    });
    const copy = ['skopeo', 'copy', '--all', '--preserve-digests', ...insecure];
    await client.ok([...copy, `oci:${client.path('image')}:v1`, `docker://${source}:v1`]);
    await client.ok(['skopeo', 'sync', '--all', '--src', 'docker', '--dest', 'docker', ...insecure, source, target]);

    const inspect = ['skopeo', 'inspect', '--raw', ...tls];
    const synced = await client.ok([...inspect, `docker://${target}/app:v1`]);
    expect(digestOf(synced.stdout)).toBe(index);
    for (const digest of digests) await client.ok([...inspect, `docker://${target}/app@${digest}`]);

    const developer = await seed.member(to, 'developer');
    const person = ['--tls-verify=false', '--creds', `${developer.username}:${developer.token}`];
    const part = await client.run(['skopeo', 'delete', ...person, `docker://${target}/app@${digests[0]}`]);
    expect([part.code === 0, part.output]).toEqual([false, expect.stringContaining(`The index ${index} lists this`)]);
    for (const digest of digests) await client.ok([...inspect, `docker://${target}/app@${digest}`]);
    await client.ok(['skopeo', 'delete', ...person, `docker://${target}/app:v1`]);
    expect((await client.run([...inspect, `docker://${target}/app:v1`])).output).toContain('manifest');
    const left = await client.ok(['skopeo', 'list-tags', ...tls, `docker://${target}/app`]);
    expect(JSON.parse(left.stdout).Tags).toEqual([]);
    await client.ok([...inspect, `docker://${source}:v1`]);
  });
});

const digestOf = (text: string) => `sha256:${new Bun.CryptoHasher('sha256').update(text).digest('hex')}`;
