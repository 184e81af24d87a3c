import type { PackageAbout, PackageSaid } from '../../http/setup.ts';
import { MAX_DESCRIPTION } from './format.ts';

/** The description of a distribution. https://packaging.python.org/en/latest/specifications/core-metadata/ */
export function about({ metadata }: PackageSaid): PackageAbout {
  const text = (name: string): string => {
    const value = metadata[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  };
  const facts = [
    { title: 'License', value: text('license_expression') || text('license') },
    { title: 'Homepage', value: text('home_page') },
    { title: 'Python', value: text('requires_python') },
    { title: 'Dependencies', value: text('dependencies') },
  ];
  const readme = text('description');
  const markdown = /^text\/markdown\b/i.test(text('description_content_type'));
  const cut = String(metadata['description'] ?? '').length >= MAX_DESCRIPTION;
  return {
    description: text('summary'),
    facts: facts.filter(({ value }) => value !== ''),
    readme: readme === '' ? null : { text: readme, markdown, cut },
  };
}
