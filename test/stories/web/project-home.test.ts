import { afterAll, expect } from 'bun:test';
import { expectAccessible, expectFits, inBrowser, openVisitor } from '../../support/browser.ts';
import { createClient } from '../../support/client.ts';
import { makeRepository, rootUrl } from '../../support/git.ts';
import { onOneServer } from '../../support/on-each-app.ts';
import { PASSWORD } from '../../support/seed.ts';

const README = `# Engine <script>alert(1)</script>

Weaves *patterns*. See [the site](https://example.com/?a="b"), [how](#how-to-weave), [a file](docs/a.md) and
[a trap](javascript:alert(2)). ![build](https://example.com/build.svg)

<img src=x onerror="alert(3)"><b>bold</b> <a href="javascript:alert(4)">here</a>

<div onclick="alert(5)">
<script>alert(6)</script>
kept text
</div>

### How to weave

| a | b |
|---|:-:|
| 1 | \`<i>\` |

- one
  1. two

\`\`\`html
<script>alert(7)</script>
\`\`\`

[ref]: data:text/html,<script>alert(8)</script>
[by reference][ref] <https://example.org/x>
`;

onOneServer('the home of a project', (started, engine) => {
  const client = createClient();
  afterAll(() => client[Symbol.dispose]());
  const story = inBrowser();

  const furnish = async (username: string) => {
    const server = await started;
    const group = await server.seed.group(null, { path: `company-of-${username}` });
    await server.seed.member(group, 'developer', { username, password: PASSWORD });
    return { server, group, project: await server.seed.project(group, { path: 'engine' }) };
  };

  story(
    'what an empty repository tells to run fills it, and then its README and newest commit are shown',
    async () => {
      const { server, project } = await furnish('ada');
      await using visitor = await openVisitor(server.url);
      const { page } = visitor;
      await visitor.signIn('ada', PASSWORD);
      await page.goto(`/${project.full_path}`);
      await expectAccessible(page);
      const commands = (await page.locator('#push-0').textContent()) ?? '';
      expect(commands).toContain(`git clone ${server.url}/${project.full_path}.git\n`);
      await page.getByRole('button', { name: 'Copy Start with an empty folder' }).click();
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(commands);
      const asRoot = commands.replace(`${server.url}/${project.full_path}.git`, rootUrl(server, project));
      await client.ok(['sh', '-e', '-c', asRoot]);
      await page.reload();
      await page.getByRole('heading', { name: 'Read me' }).waitFor();
      await page.getByText('Begin', { exact: true }).waitFor();
      expect(await page.getByRole('region', { name: 'Branches' }).textContent()).toContain('main');
      expect(await page.getByLabel('Clone and push with HTTP').inputValue()).toBe(
        `${server.url}/${project.full_path}.git`,
      );
      visitor.expectNoComplaints();
    },
    120_000,
  );

  story(
    'a README does nothing but be read',
    async () => {
      const { server, project } = await furnish('grace');
      const cwd = await makeRepository(client, `readme-${engine}`);
      await Bun.write(`${cwd}/README.md`, README);
      await client.ok(['git', 'add', '.'], { cwd });
      await client.ok(['git', 'commit', '-q', '-m', 'A <b>subject</b>'], { cwd });
      await client.ok(['git', 'push', '-q', rootUrl(server, project), 'main'], { cwd });
      await using visitor = await openVisitor(server.url);
      const { page } = visitor;
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('dialog', () => asked.push('a dialog'));
      await visitor.signIn('grace', PASSWORD);
      await page.goto(`/${project.full_path}`);
      const readme = page.locator('.readme');
      const elements = await page.evaluate(
        `[...new Set([...document.querySelectorAll('.prose *')].map((one) => one.localName))].sort().join(' ')`,
      );
      expect(elements).toBe('a code div em h3 h4 li ol p pre span table tbody td th thead tr ul');
      const links = await page.evaluate(
        `[...document.querySelectorAll('.prose a')].map((one) => one.getAttribute('href'))`,
      );
      expect(links).toEqual(['https://example.com/?a=%22b%22', '#user-content-how-to-weave', 'https://example.org/x']);
      const attributes = `[...document.querySelectorAll('.prose *')].flatMap((one) => one.getAttributeNames())`;
      const names = new Set((await page.evaluate(attributes)) as string[]);
      expect([...names].sort()).toEqual(['class', 'href', 'id', 'rel', 'start', 'tabindex']);
      expect(await readme.textContent()).toContain('kept text');
      expect(await page.getByText('A <b>subject</b>').count()).toBe(1);
      await readme.getByRole('link', { name: 'how' }).click();
      expect(new URL(page.url()).hash).toBe('#user-content-how-to-weave');
      await expectFits(page);
      expect(asked.filter((url) => !url.startsWith(server.url))).toEqual([]);
      visitor.expectNoComplaints();
    },
    120_000,
  );

  story(
    'of many branches and tags all are found, on pages of their own',
    async () => {
      const { server, group, project } = await furnish('mary');
      const cwd = await makeRepository(client, `many-${engine}`);
      const refs = Array.from({ length: 60 }, (_, i) => `create refs/heads/topic/${i} HEAD\n`).join('');
      await client.ok(['git', 'update-ref', '--stdin'], { cwd, stdin: refs });
      await client.ok(['git', 'tag', '-a', '-m', 'The first one', 'v1'], { cwd });
      await client.ok(['git', 'push', '-q', rootUrl(server, project), '--all'], { cwd });
      await client.ok(['git', 'push', '-q', rootUrl(server, project), '--tags'], { cwd });
      const id = (await client.ok(['git', 'rev-parse', 'HEAD'], { cwd })).stdout.trim();
      await using visitor = await openVisitor(server.url, { javaScriptEnabled: false });
      const { page } = visitor;
      await visitor.signIn('mary', PASSWORD);
      await page.goto(`/${project.full_path}`);
      await page.getByRole('link', { name: 'All branches' }).click();
      await page.getByText('1 to 50 of 61 branches').waitFor();
      await page.getByRole('link', { name: 'Next' }).click();
      expect(await page.getByRole('rowheader').count()).toBe(11);
      await page.getByLabel('Search branches').fill('TOPIC/59');
      await page.getByRole('button', { name: 'Search' }).click();
      expect(await page.getByRole('rowheader').allTextContents()).toEqual(['topic/59']);
      await page.goto(`/${project.full_path}/-/tags`);
      const row = page.getByRole('row', { name: /v1/ });
      expect(await row.textContent()).toContain(id.slice(0, 8));
      expect(await row.textContent()).toContain('The first one');
      // A guest knows of the project, and not of what is in its repository.
      await server.seed.member(group, 'guest', { username: 'guest-of-mary', password: PASSWORD });
      await visitor.context.clearCookies();
      await visitor.signIn('guest-of-mary', PASSWORD);
      await page.goto(`/${project.full_path}`);
      expect(await page.locator('.refs, .readme, .commit').count()).toBe(0);
      await page.goto(`/${project.full_path}/-/tags`);
      await page.getByText('Error 403').waitFor();
      visitor.expectNoComplaints();
    },
    120_000,
  );
});
