/**
 * The attack: reading the images of another project or group. CVE-2019-12825 (GitLab: images across groups).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { codesOf } from '../support/registry.ts';
import { victimScene } from '../support/registry-scenes.ts';

onEachApp('images of others', (started) => {
  test('a token of another project sees nothing, and gets identical responses for existing and missing objects', async () => {
    const { app, secret, own, token, attacker, digest } = await victimScene(await started);
    const basicAuth = { Authorization: `Basic ${btoa(`${token.username}:${token.secret}`)}` };
    for (const headers of [attacker, basicAuth]) {
      for (const path of ['manifests/v1', 'tags/list', `blobs/${digest}`, `referrers/${digest}`]) {
        const there = await app.fetch(`/v2/${secret}/${path}`, { headers });
        const nowhere = await app.fetch(`/v2/${secret.replace('/secret', 'x/secret')}/${path}`, { headers });
        expect(there.status).toBe(404);
        expect(await there.text()).toBe(await nowhere.text());
      }
      const push = await app.fetch(`/v2/${secret}/blobs/uploads/`, { method: 'POST', headers });
      expect([push.status, await codesOf(push)]).toEqual([404, ['NAME_UNKNOWN']]);
    }
    expect((await app.fetch(`/v2/${own}/blobs/${digest}`, { headers: attacker })).status).toBe(404);
  });
});
