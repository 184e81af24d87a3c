import type { PackageAbout, PackageSaid } from '../../http/setup.ts';
import { record } from '../../lib/record.ts';
import { MAX_README } from './format.ts';
import { README } from './packument.ts';
import { OF } from './tags.ts';

/**
 * The description of a version from its package.json, and its README: that of the latest version is stored.
 * https://docs.npmjs.com/cli/configuring-npm/package-json
 */
export function about({ metadata, properties }: PackageSaid): PackageAbout {
  const { description, license, homepage, repository, dependencies } = metadata;
  // npm sends this text when there is no README.
  const isOfVersion = properties.get(`${OF}${README}`) === metadata['version'];
  const readme = ((isOfVersion ? properties.get(README) : undefined) ?? '').replace(
    /^ERROR: No README data found!$/,
    '',
  );
  const facts = [
    { title: 'License', value: text(license) || text(record(license)['type']) },
    { title: 'Homepage', value: text(homepage) },
    {
      title: 'Repository',
      value: (text(repository) || text(record(repository)['url'])).replace(/^git\+(?=https?:)/, ''),
    },
    { title: 'Dependencies', value: String(Object.keys(record(dependencies)).length) },
  ];
  return {
    description: text(description),
    facts: facts.filter(({ value }) => value !== ''),
    readme: readme === '' ? null : { text: readme, markdown: true, cut: readme.length >= MAX_README },
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value.trim() : '');
