/**
 * The attack: a package whose description, links and README attack visitors of its page: a script, an
 * event handler, a `javascript:` link, an SVG, a picture that tells who looked.
 */

import { expect } from 'bun:test';
import { expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { npmTarball, publication } from '../../support/npm-tarball.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';
import { uploadForm, wheel } from '../../support/wheel.ts';

const EVIL = [
  '<script>window.pwned = 1</script>',
  '<img src=x onerror="window.pwned = 1">',
  '<svg onload="window.pwned = 1"><a href="javascript:window.pwned=1">svg</a></svg>',
  '<iframe srcdoc="<script>parent.pwned = 1</script>"></iframe>',
  '<a href="javascript:window.pwned=1" onclick="window.pwned = 1">raw link</a>',
  '[a link](javascript:window.pwned=1) and [data](data:text/html,<script>window.pwned=1</script>)',
  '![tracker](https://tracker.example.com/x.png)',
  '<style>body { display: none }</style>',
  '<form action="https://evil.example.com"><button>Sign in again</button></form>',
].join('\n\n');

onOneServer('hostile packages', (started) => {
  const story = inBrowser();

  story('say what they like on their page, and do nothing', async () => {
    const { url, seed } = await started;
    const project = await seed.project(await seed.group());
    await seed.member(project, 'reporter', { username: 'ada', password: PASSWORD });
    const token = await seed.deployToken(project, { scopes: ['write_package_registry'] });
    const packages = `${url}/api/v4/projects/${project.id}/packages`;
    const headers = { 'Deploy-Token': token.secret };
    const manifest = {
      name: 'evil',
      version: '1.0.0',
      description: EVIL,
      license: EVIL,
      homepage: 'javascript:window.pwned=1',
      repository: { url: 'git+https://good.example.com/evil.git' },
      dependencies: { a: '1', b: '2' },
      readme: `# Evil <img src=x onerror="window.pwned=1">\n\n${EVIL}\n\n[fine](https://fine.example.com/)`,
    };
    const body = JSON.stringify(publication(manifest, await npmTarball(manifest)));
    const json = { ...headers, 'Content-Type': 'application/json' };
    expect((await fetch(`${packages}/npm/evil`, { method: 'PUT', headers: json, body })).status).toBe(200);
    const form = uploadForm('evil-py', '1.0', wheel('evil-py', '1.0'), {
      summary: EVIL.slice(0, 500),
      home_page: ' javascript:window.pwned=1',
      license: 'MIT',
      requires_dist: 'six',
      description: `## Words\n\n${EVIL}`,
      description_content_type: 'text/markdown',
    });
    const uploaded = await fetch(`${packages}/pypi`, { method: 'POST', headers, body: form });
    expect(uploaded.status).toBe(201);

    await using visitor = await openVisitor(url);
    const { page } = visitor;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('dialog', () => asked.push('a dialog'));
    await visitor.signIn('ada', PASSWORD);
    for (const [name, facts] of [
      ['evil', ['good.example.com', 'Dependencies2']],
      ['evil-py', ['LicenseMIT', 'Dependencies1']],
    ] as const) {
      await page.goto(`/${project.full_path}/-/packages`);
      await page.getByRole('link', { name, exact: true }).click();
      await page.getByRole('heading', { name: 'README' }).waitFor();
      const main = page.getByRole('main');
      const text = (await main.textContent()) ?? '';
      for (const fact of facts) expect([name, text.includes(fact)]).toEqual([name, true]);
      // Their words are there, as words.
      expect(text).toContain('<script>window.pwned = 1</script>');
      expect(text).toContain('javascript:window.pwned=1');
      expect(await main.locator('script, svg, iframe, img, style, object, form[action^="http"]').count()).toBe(0);
      const attributes = `[...document.querySelectorAll('main *')].flatMap((one) => one.getAttributeNames())`;
      const names = (await page.evaluate(attributes)) as string[];
      expect(names.filter((one) => /^on|^style$|^src/.test(one))).toEqual([]);
      const hrefs = `[...document.querySelectorAll('main a[href]')].map((one) => one.href)`;
      const leading = (await page.evaluate(hrefs)) as string[];
      expect(leading.filter((href) => !/^https?:\/\//.test(href))).toEqual([]);
      const out = `[...document.querySelectorAll('main a[href]')].filter((one) => one.origin !== location.origin).map((one) => one.rel)`;
      const rels = new Set((await page.evaluate(out)) as string[]);
      expect([...rels]).toEqual(name === 'evil' ? ['nofollow noopener noreferrer'] : []);
      expect(await page.evaluate('window.pwned')).toBeUndefined();
      await expectFits(page);
    }
    expect(asked.filter((to) => !to.startsWith(url))).toEqual([]);
    visitor.expectNoComplaints();
  });
});
