/**
 * The attack: mounting a blob of an image that one may not read, and reading it where it was mounted to.
 * CVE-2026-117685 (Gitea: the rights of the token's owner were asked for on the source, not the token's).
 */
import { expect, test } from 'bun:test';
import { authorised } from '../support/confirmed.ts';
import { onEachApp } from '../support/on-each-app.ts';
import { createRegistryClient } from '../support/registry.ts';
import { BOTH_SCOPES, victimScene } from '../support/registry-scenes.ts';

onEachApp('mounts without the right to read', (started) => {
  test('the answer is an upload, as for a blob that is nowhere, and nothing is mounted', async () => {
    const { app, client, secret, own, token, digest } = await victimScene(await started);
    const scopes = [`repository:${own}:pull,push`, `repository:${secret}:pull`, 'repository:no/such/image:pull'];
    const attacker = await client.signIn(token, ...scopes);
    for (const from of [`&from=${encodeURIComponent(secret)}`, '&from=no/such/image', '']) {
      const path = `/v2/${own}/blobs/uploads/?mount=${digest}${from}`;
      expect((await app.fetch(path, { method: 'POST', headers: attacker })).status).toBe(202);
    }
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
  });

  test('the token itself, not its creator, must read the source, with the scope to read', async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const group = await app.seed.group();
    const owner = await app.seed.member(group, 'owner');
    const source = await app.seed.project(group);
    const target = await app.seed.project(group);
    const by = { kind: 'user', id: owner.id, name: owner.username, ip: null, requestId: null } as const;
    const made = async (kind: 'project' | 'group', of: { id: number; full_path: string }, scopes: string[]) => {
      const about = { kind, id: of.id, path: of.full_path };
      const { token, secret } = await app.services.deployTokens.create(about, { name: 'ci', scopes }, authorised(by));
      return { username: token.username, secret: secret.reveal() };
    };
    const reader = await app.seed.deployToken(source, { scopes: BOTH_SCOPES });
    const image = source.full_path;
    const pushed = await client.signIn(reader, `repository:${image}:pull,push`);
    const { digest } = await client.pushBlob(pushed, image, 'layer');
    const mountBy = async (token: Awaited<ReturnType<typeof made>>) => {
      const scopes = [`repository:${target.full_path}:pull,push`, `repository:${image}:pull`];
      const path = `/v2/${target.full_path}/blobs/uploads/?mount=${digest}&from=${image}`;
      return (await app.fetch(path, { method: 'POST', headers: await client.signIn(token, ...scopes) })).status;
    };
    expect(await mountBy(await made('project', target, BOTH_SCOPES))).toBe(202);
    expect(await mountBy(await made('group', group, ['write_registry']))).toBe(202);
    expect(await mountBy(await made('group', group, BOTH_SCOPES))).toBe(201);
  });
});
