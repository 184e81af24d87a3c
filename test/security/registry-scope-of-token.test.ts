/**
 * The attack: using a deploy token for what its scopes leave out. CVE-2025-68944 (Gitea: the scope of a token was not
 * handed on to the registry), HackerOne on GitLab 31599.
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { sha256 } from '../support/registry.ts';
import { victimScene } from '../support/registry-scenes.ts';

onEachApp('scopes of deploy tokens in the registry', (started) => {
  test('a read-only token is refused on push with the missing scope, and a write-only token on pull', async () => {
    const { app, client } = await victimScene(await started);
    const project = await app.seed.project(await app.seed.group());
    for (const [scopes, method, path, lacks] of [
      [['read_registry'], 'POST', 'blobs/uploads/', 'write_registry'],
      [['write_registry'], 'HEAD', `blobs/${sha256('')}`, 'read_registry'],
      [['write_registry'], 'GET', 'manifests/v1', 'read_registry'],
    ] as const) {
      const token = await app.seed.deployToken(project, { scopes: [...scopes] });
      const headers = await client.signIn(token, `repository:${project.full_path}:pull,push`);
      const response = await app.fetch(`/v2/${project.full_path}/${path}`, { method, headers });
      expect(response.status).toBe(403);
      if (method === 'HEAD') continue;
      const { errors } = (await response.json()) as { errors: [{ code: string; message: string }] };
      expect(errors[0].code).toBe('DENIED');
      expect(errors[0].message).toContain(`needs the scope ${lacks}`);
      expect(errors[0].message).toContain('Clients that push need read_registry and write_registry.');
    }
  });
});
