/**
 * The attack: deleting by the right to push. CVE-2026-61833 (zot).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf, sha256 } from '../support/registry.ts';
import { victimScene } from '../support/registry-scenes.ts';

onEachApp('deletion by the right to push', (started) => {
  test('a deploy token that may push may not delete: no tag, manifest or blob', async () => {
    const { app, secret, victim, digest } = await victimScene(await started);
    for (const path of ['manifests/v1', 'tags/reference/v1', `manifests/${sha256('x')}`, `blobs/${digest}`]) {
      const response = await app.fetch(`/v2/${secret}/${path}`, { method: 'DELETE', headers: victim });
      expect([response.status, await codesOf(response)]).toEqual([403, ['DENIED']]);
    }
    expect((await app.fetch(`/v2/${secret}/manifests/v1`, { headers: victim })).status).toBe(200);
  });
});
