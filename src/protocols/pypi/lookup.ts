import type { GroupFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package, PackageFile } from '../../domain/packages/packages.ts';
import type { Services } from '../../domain/services.ts';
import { permittedPackages } from '../../http/permitted-packages.ts';
import type { Exchange } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';
import { nameKey } from './format.ts';

/** What the addresses of the index begin with: a project or a group. */
export type ScopeExchange = Exchange<ProjectFacts | GroupFacts>;

/** Finds packages and files for an address, and leaves out what whoever asks may not read. */
export function createLookup({ packages, access }: Services) {
  /** Of what is in projects below a group, what is in projects that may be read. */
  const readable = async <T extends { project_id: number }>(
    exchange: ScopeExchange,
    all: readonly T[],
  ): Promise<T[]> =>
    exchange.facts.on === 'project'
      ? [...all]
      : (await permittedPackages(exchange, access, all)).map((permitted) => permitted.package);

  const within = ({ facts }: ScopeExchange) =>
    facts.on === 'project' ? { projectId: facts.project.id } : { lineage: facts.lineage };

  return {
    /** All packages of this name that may be read, the one that was changed last first. @throws PosternError `not_found`. */
    async find(exchange: ScopeExchange, name: string): Promise<[Package, ...Package[]]> {
      const { facts } = exchange;
      const address = { type: 'pypi', name, nameKey: nameKey(name) };
      if (facts.on === 'project') return [await packages.find(facts.project, address)];
      const [first, ...others] = await readable(exchange, await packages.below(facts.lineage, address));
      if (!first) throw notFound('package');
      return [first, ...others];
    },

    /** @throws PosternError `not_found`. */
    async file(exchange: ScopeExchange, file: { sha256: string; name: string; child?: string }): Promise<PackageFile> {
      const [found] = await readable(exchange, await packages.filesByDigest(within(exchange), 'pypi', file));
      if (!found) throw notFound('package file');
      packages.downloads.note(found.version_id);
      return found;
    },

    /** The names of all packages that may be read. */
    async names(exchange: ScopeExchange): Promise<string[]> {
      const found = await packages.search(within(exchange), 'pypi', '', { limit: MAX_NAMES });
      return (await readable(exchange, found)).map(({ name }) => name);
    },
  };
}

export type Lookup = ReturnType<typeof createLookup>;

/** How many packages the index of all looks at. */
const MAX_NAMES = 100_000;
