import { expect } from 'bun:test';
import { generic } from '../../../src/protocols/generic/index.ts';
import { createClient } from '../../support/client.ts';
import { onOneEngine } from '../../support/engines.ts';
import { needsClient } from '../../support/needs-client.ts';
import { startServer } from '../../support/server.ts';

const test = needsClient('curl');

onOneEngine('curl and the generic registry', (engine) => {
  test('the snippets unchanged: a project token publishes, a token of a group two levels above fetches', async () => {
    await using server = await startServer(engine);
    using client = createClient();
    const root = await server.seed.group();
    const group = await server.seed.group(await server.seed.group(root));
    const project = await server.seed.project(group);
    const writer = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const reader = await server.seed.deployToken(root, { scopes: ['read_package_registry'] });
    const snippets = ({ username, secret }: { username: string; secret: string }) =>
      generic.setup({ base: server.url, projectId: project.id, groupId: group.id, username, token: secret });

    const bytes = crypto.getRandomValues(new Uint8Array(65_536));
    await Bun.write(client.path('file.txt'), bytes);
    const [publish] = snippets(writer);
    expect((await client.ok(['sh', '-c', publish?.text ?? ''])).stdout).toBe('{"message":"201 Created"}');
    for (const { text } of snippets(reader).slice(1)) {
      await client.ok(['rm', 'file.txt']);
      await client.ok(['sh', '-c', text]);
      expect(Buffer.from(await Bun.file(client.path('file.txt')).arrayBuffer()).equals(bytes)).toBe(true);
    }
    const refused = await client.run(['sh', '-c', snippets(reader)[0]?.text ?? '']);
    expect(refused.code).toBe(22);
    expect(refused.stdout).toContain('The deploy token needs the scope write_package_registry');
    const expired = await server.seed.deployToken(project, {
      scopes: ['write_package_registry'],
      expiresAt: '2026-01-01',
    });
    const dead = await client.run(['sh', '-c', snippets(expired)[0]?.text ?? '']);
    expect([dead.code, dead.stdout.includes('expired')]).toEqual([22, true]);
    for (const { text } of snippets(expired).slice(1)) {
      const fetched = await client.run(['sh', '-c', text]);
      expect([fetched.code, fetched.output]).toEqual([22, expect.stringContaining('401')]);
      expect(Buffer.from(await Bun.file(client.path('file.txt')).arrayBuffer()).equals(bytes)).toBe(true);
    }
  });

  test('a file that curl sends as a form is stored and served unchanged', async () => {
    await using server = await startServer(engine);
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const url = `${server.url}/api/v4/projects/${project.id}/packages/generic/form/1.0/a.bin`;
    const curl = ['curl', '--fail-with-body', '--silent', '--header', `DEPLOY-TOKEN: ${token.secret}`];
    await client.ok(['sh', '-c', 'head -c 20000000 /dev/urandom > a.bin']);
    const sent = await client.ok([...curl, '--request', 'PUT', '--form', 'file=@a.bin', url]);
    expect(sent.stdout).toBe('{"message":"201 Created"}');
    await client.ok([...curl, '--output', 'back.bin', url]);
    await client.ok(['cmp', 'a.bin', 'back.bin']);
    const other = await client.run([...curl, '--request', 'PUT', '--form', 'upload=@a.bin', url]);
    expect([other.code, other.stdout]).toEqual([22, expect.stringContaining('the field \\"file\\" of a form')]);
  });

  test('a large file is uploaded, and downloaded in ranges, in little memory', async () => {
    await using server = await startServer(engine);
    using client = createClient();
    const project = await server.seed.project(await server.seed.group());
    const token = await server.seed.deployToken(project, { scopes: ['write_package_registry'] });
    const url = `${server.url}/api/v4/projects/${project.id}/packages/generic/big/1.0/big.bin`;
    const auth = ['--fail-with-body', '--silent', '--user', `x:${token.secret}`];
    await client.ok(['sh', '-c', 'head -c 300000000 /dev/urandom > big.bin']);
    const before = await residentBytes(server.pid);
    await client.ok(['curl', ...auth, '--upload-file', 'big.bin', url]);
    await client.ok(['curl', ...auth, '--range', '0-99999999', '--output', 'got.bin', url]);
    await client.ok(['curl', ...auth, '--continue-at', '-', '--output', 'got.bin', url]);
    await client.ok(['cmp', 'big.bin', 'got.bin']);
    expect((await residentBytes(server.pid)) - before).toBeLessThan(150_000_000);
    const head = await client.ok(['curl', ...auth, '--head', url]);
    expect(head.stdout.toLowerCase()).toContain('content-length: 300000000');
  });
});

async function residentBytes(pid: number): Promise<number> {
  const status = await Bun.file(`/proc/${pid}/status`).text();
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
}
