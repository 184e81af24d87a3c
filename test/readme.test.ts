import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Glob } from 'bun';
import { isSecret, SETTINGS, type Setting } from '../src/config/settings.ts';
import { expectFile, markdownTable } from './support/snapshot.ts';
import { ROOT } from './support/source-tree.ts';

const readme = await Bun.file(join(ROOT, 'README.md')).text();

test('the table of settings in README.md is the list of settings', async () => {
  const rows = SETTINGS.map(({ env, flag, value, fallback, help }: Setting) => [
    `\`${env}\``,
    isSecret(env) ? '' : `\`${flag} ${value.replaceAll('|', '\\|')}\``,
    help,
    fallback ?? '',
  ]);
  const table = markdownTable(['variable', 'flag', 'what it is', 'default'], rows);
  const marked = /(<!-- settings[^>]*-->\n)[\s\S]*(<!-- \/settings -->)/;
  expect(readme).toMatch(marked);
  await expectFile(
    'README.md',
    readme.replace(marked, (_, start, end) => `${start}\n${table}\n${end}`),
  );
});

test('every link between our documents leads somewhere', async () => {
  const documents = [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    ...new Glob('docs/**/*.md').scanSync(ROOT),
  ];
  const broken: string[] = [];
  for (const document of documents) {
    const text = await Bun.file(join(ROOT, document)).text();
    for (const [, target = ''] of text.matchAll(/\]\(([^)#\s]+)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      if (!existsSync(join(ROOT, dirname(document), target))) broken.push(`${document} -> ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

test('SECURITY.md names each attack that has a test, and none that has not', async () => {
  const text = await Bun.file(join(ROOT, 'SECURITY.md')).text();
  const table = text.slice(text.indexOf('| attack | test |'));
  const named = [...table.matchAll(/`([a-z-]+)`(?=, |\s*\|)/g)].map(([, name = '']) => name);
  const files = [...new Glob('*.test.ts').scanSync(join(ROOT, 'test/security'))];
  expect(named.sort()).toEqual(files.map((file) => file.replace('.test.ts', '')).sort());
});

test('docs/acceptance.md lists the cases that tests refer to, and no others', async () => {
  const catalogue = await Bun.file(join(ROOT, 'docs/acceptance.md')).text();
  const listed = [...catalogue.matchAll(/^- \*\*(A\d{3})\*\* /gm)].map(([, id = '']) => id);
  const tested = new Set<string>();
  for (const path of new Glob('{src,test}/**/*.test.{ts,tsx}').scanSync(ROOT)) {
    for (const [id] of (await Bun.file(join(ROOT, path)).text()).matchAll(/\bA\d{3}\b/g)) tested.add(id);
  }
  expect(listed).toEqual([...tested].sort());
});
