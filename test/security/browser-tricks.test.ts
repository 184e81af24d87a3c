/**
 * The attack: have a browser take an answer of ours for something else: a script guessed from its bytes, a page in a
 * frame of another site, an answer with a secret kept in a shared cache, an address that leaks to the next site. And
 * for who looks for a known hole: which program of which version answers.
 */
import { expect, test } from 'bun:test';
import { basic, privateToken, startApp } from '../support/app.ts';
import { onEachEngine } from '../support/engines.ts';

onEachEngine('browser tricks', (engine) => {
  test('every protocol answers with the headers that stop them, refusals and unknown addresses too', async () => {
    await using app = await startApp(engine);
    const user = await app.seed.user();
    const project = await app.seed.project(await app.seed.group());
    const token = await app.seed.deployToken(project);
    const refs = `/${project.full_path}.git/info/refs?service=git-upload-pack`;
    const answers = [
      await app.fetch('/-/health'),
      await app.fetch('/-/metrics'),
      await app.fetch('/nothing/here'),
      await app.fetch('/api/v4/nothing'),
      await app.fetch('/api/v4/projects/1/deploy_tokens', { headers: privateToken(user.token) }),
      await app.fetch('/api/v4/openapi.json'),
      await app.fetch('/-/health', { method: 'DELETE' }),
      await app.fetch(refs),
      await app.fetch(refs, { headers: basic(token.username, token.secret) }),
      await app.fetch(refs, { headers: basic(token.username, token.secret), method: 'HEAD' }),
    ];
    for (const { headers, url } of answers) {
      expect([url, headers.get('X-Content-Type-Options')]).toEqual([url, 'nosniff']);
      expect(headers.get('X-Frame-Options')).toMatch(/^(DENY|SAMEORIGIN)$/);
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
      expect(headers.get('Content-Security-Policy')).toContain("default-src 'none'");
      expect(headers.get('Cache-Control')).toMatch(/no-store|no-cache/);
      expect(headers.get('Server')).toBeNull();
      expect(headers.get('X-Powered-By')).toBeNull();
      expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    }
  });

  test('API responses are never cached, not even successful ones', async () => {
    await using app = await startApp(engine);
    const admin = await app.seed.user({ admin: true });
    const project = await app.seed.project(await app.seed.group());
    const create = await app.fetch(`/api/v4/projects/${project.id}/deploy_tokens`, {
      method: 'POST',
      headers: { ...privateToken(admin.token), 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'x', scopes: ['read_repository'] }),
    });
    expect([create.status, create.headers.get('Cache-Control')]).toEqual([201, 'no-store']);
    const { id } = (await create.json()) as { id: number };
    const gone = await app.fetch(`/api/v4/projects/${project.id}/deploy_tokens/${id}`, {
      method: 'DELETE',
      headers: privateToken(admin.token),
    });
    expect([gone.status, gone.headers.get('Cache-Control')]).toEqual([204, 'no-store']);
  });
});
