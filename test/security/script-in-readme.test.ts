/**
 * The attack: a script in the description of a package, which runs in the browser of a visitor, with
 * their session. (CVE-2019-14772 Verdaccio: a README; CVE-2026-103667 Gitea: the media type of a blob.)
 */
import { expect, test } from 'bun:test';
import { onEachEngine } from '../support/engines.ts';
import { packageScene } from '../support/package-scene.ts';
import { uploadForm, wheel } from '../support/wheel.ts';

const SCRIPT = '<script>alert(1)</script>';

onEachEngine('scripts in packages', (engine) => {
  test('reach a browser as data, or as a file to save, and never as a page that may run one', async () => {
    await using scene = await packageScene(engine);
    const said = { readme: SCRIPT, description: SCRIPT, homepage: 'javascript:alert(1)', author: { name: SCRIPT } };
    expect((await scene.publishNpm({ name: 'evil', version: '1.0.0', ...said })).status).toBe(200);
    const form = uploadForm('evil', '1.0', wheel('evil', '1.0'), {
      description: SCRIPT,
      summary: SCRIPT,
      author: SCRIPT,
    });
    expect((await scene.send('POST', 'pypi', form)).status).toBe(201);
    const reason = JSON.stringify({ reason: `"${SCRIPT}` });
    expect((await scene.send('PUT', 'pypi/evil/1.0/yank', reason)).status).toBe(200);
    for (const path of ['generic/evil/1.0/index.html', 'maven/com/evil/1.0/evil-1.0.html', 'generic/evil/1.0/x.svg'])
      expect((await scene.send('PUT', path, SCRIPT, { 'Content-Type': 'text/html' })).ok).toBe(true);

    const browser = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    for (const [path, type] of [
      ['npm/evil', 'application/json'],
      ['npm/-/v1/search?text=evil', 'application/json'],
      ['pypi/simple/evil/', 'text/html'],
      ['generic/evil/1.0/index.html', 'application/octet-stream'],
      ['generic/evil/1.0/x.svg', 'application/octet-stream'],
      ['maven/com/evil/1.0/evil-1.0.html', 'application/octet-stream'],
    ] as const) {
      const { status, headers, ...answer } = await scene.get(path, browser).then(async (response) => ({
        status: response.status,
        headers: response.headers,
        text: await response.text(),
      }));
      expect([path, status, headers.get('x-content-type-options')]).toEqual([path, 200, 'nosniff']);
      expect([path, headers.get('content-type')]).toEqual([path, expect.stringContaining(type)]);
      if (type === 'application/octet-stream') expect(headers.get('content-disposition')).toStartWith('attachment');
      if (type !== 'text/html') continue;
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.text).toContain('alert(1)');
      expect(answer.text).not.toContain('<script');
    }
  });

  test('and an error tells none back as a page', async () => {
    await using scene = await packageScene(engine);
    for (const path of ['npm/', 'pypi/simple/', 'generic/x/1.0/', 'maven/a/b/1/']) {
      const answer = await scene.get(`${path}${encodeURIComponent(SCRIPT)}`, { Accept: 'text/html' });
      const type = answer.headers.get('content-type') ?? '';
      const text = await answer.text();
      expect([path, answer.status >= 400, type.includes('html') && text.includes('<script')]).toEqual([
        path,
        true,
        false,
      ]);
      expect([path, answer.headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
    }
  });
});
