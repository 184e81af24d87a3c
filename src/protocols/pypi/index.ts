import type { PackageType } from '../../http/packages/package-type.ts';
import { about } from './about.ts';
import { render } from './errors.ts';
import { fileKey, MAX_BYTES, nameKey } from './format.ts';
import { pypiRoutes } from './routes.ts';
import { install, setup } from './setup.ts';
import { simplePages, YANKED } from './simple.ts';
import { spellingsOf } from './version.ts';

/** The Python package index. https://packaging.python.org/en/latest/specifications/simple-repository-api/ */
export const pypi: PackageType = {
  type: 'pypi',
  title: 'PyPI packages',
  maxBytes: MAX_BYTES,
  foldName: nameKey,
  versionSpellings: spellingsOf,
  fileKey,
  withdrawal: YANKED,
  versionProperties: ({ yanked }) => (typeof yanked === 'string' ? [[YANKED, 'true']] : []),
  documents: { package: simplePages },
  setup,
  install,
  about,
  protocol: (services, { links, maxBytes }) => ({
    routes: pypiRoutes(services, links, maxBytes),
    // As in GitLab, whose other package registries ignore the username of a token.
    credentials: { deployTokens: true, passwords: true, exactUsername: true },
    render,
  }),
};
