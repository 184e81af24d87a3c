/**
 * The attack: a catalogue of a thousand million names. CVE-2023-2253 (distribution: room for `n` names was taken before
 * they were looked up).
 */
import { expect, test } from 'bun:test';
import { onEachApp } from '../support/on-each-app.ts';
import { createRegistryClient } from '../support/registry.ts';

onEachApp('the catalogue', (started) => {
  test('a page has a thousand names at most, whatever is asked for, and the rest is behind a link', async () => {
    const app = await started;
    const client = createRegistryClient(app);
    const project = await app.seed.project(await app.seed.group());
    const images = Array.from({ length: 1001 }, (_, i) => ({ project_id: project.id, path: `i${i}`, created_at: 0 }));
    await app.db.insertInto('images').values(images).execute();
    const admin = await app.seed.user({ admin: true });
    const login = { username: admin.username, secret: admin.token };
    const headers = await client.signIn(login, 'registry:catalog:*');
    for (const n of ['1000000000', '999999999999999']) {
      const page = await app.fetch(`/v2/_catalog?n=${n}`, { headers });
      expect(page.status).toBe(200);
      expect(((await page.json()) as { repositories: string[] }).repositories).toHaveLength(1000);
      expect(page.headers.get('link')).toContain('n=1000&');
    }
    for (const n of ['99999999999999999999', '-1', '1e9', 'NaN', '0x10'])
      expect((await app.fetch(`/v2/_catalog?n=${n}`, { headers })).status).toBe(400);
  });
});
