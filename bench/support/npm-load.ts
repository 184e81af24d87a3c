import { npmTarball, publication } from '../../test/support/npm-tarball.ts';

/** One of the registries, and the way in. */
export interface NpmRegistry {
  /** Without a slash at the end. */
  url: string;
  authorization: string;
  pid: number;
}

/** The request body of `npm publish` for one version. */
export interface Publication {
  name: string;
  version: string;
  body: string;
}

/** How npm asks for what it installs from. */
export const ABBREVIATED = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';

/** A typical package.json of a library. */
const describing = (name: string, version: string) => ({
  name,
  version,
  description: `The package ${name}`,
  license: 'MIT',
  main: 'index.js',
  type: 'module',
  author: { name: 'A. Maintainer', email: 'maintainer@example.com' },
  repository: { type: 'git', url: `git+https://git.example.com/${name}.git` },
  scripts: { build: 'tsc', test: 'node --test', lint: 'eslint .' },
  engines: { node: '>=18' },
  keywords: ['benchmark', 'library'],
});

export async function publicationOf(name: string, version: string): Promise<Publication> {
  const bytes = await npmTarball({ name, version }, `module.exports = '${name} ${version}';\n`.repeat(20));
  return { name, version, body: JSON.stringify(publication(describing(name, version), bytes)) };
}

/** @throws Error with what the registry answered, when it is no success. */
export async function publish({ url, authorization }: NpmRegistry, { name, version, body }: Publication) {
  const response = await fetch(`${url}/${name}`, {
    method: 'PUT',
    headers: { Authorization: authorization, 'Content-Type': 'application/json', 'npm-command': 'publish' },
    body,
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`${url}/${name} ${version}: ${response.status} ${said}`);
}

/** Publications that are made before the clock runs: making them is not the work of a registry. */
export function createStock(size: number, make: (number: number) => Promise<Publication>) {
  const ready: Publication[] = [];
  let made = 0;
  return {
    async fill(): Promise<void> {
      while (ready.length < size) ready.push(await make(++made));
    },
    take(): Publication {
      const next = ready.pop();
      if (!next) throw new Error(`${size} publications were not enough for a round`);
      return next;
    },
  };
}
