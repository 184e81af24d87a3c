import { expect, test } from 'bun:test';
import { about } from './about.ts';
import { MAX_DESCRIPTION } from './format.ts';

const said = (metadata: Record<string, unknown>) => about({ metadata, properties: new Map() });

test('the description has the fields that the metadata has', () => {
  expect(said({})).toEqual({ description: '', facts: [], readme: null });
  expect(said({ summary: ' Weaves ', license: 'old', license_expression: 'MIT', dependencies: 0 })).toMatchObject({
    description: 'Weaves',
    facts: [
      { title: 'License', value: 'MIT' },
      { title: 'Dependencies', value: '0' },
    ],
  });
});

test('a description is Markdown only when declared, and is marked when it was cut', () => {
  const readme = (description: string, type?: string) => said({ description, description_content_type: type }).readme;
  expect(readme('# a')).toEqual({ text: '# a', markdown: false, cut: false });
  expect(readme('# a', 'text/markdown; charset=UTF-8')?.markdown).toBe(true);
  expect(readme('# a', 'text/x-rst')?.markdown).toBe(false);
  expect(readme(`${'a'.repeat(MAX_DESCRIPTION - 1)}\n`)?.cut).toBe(true);
});
