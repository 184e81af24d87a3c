import type { GroupFacts, InstanceFacts, MissingFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package } from '../../domain/packages/address.ts';
import type { Services } from '../../domain/services.ts';
import { type Permitted, permittedPackages } from '../../http/permitted-packages.ts';
import type { RequestContext } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';

/** What the addresses of the npm registry begin with: a project, a group, or nothing in particular. */
export type ScopeContext = RequestContext<ProjectFacts | GroupFacts | InstanceFacts>;

/** A package, with the facts of the project it is in. */
export type Found = Permitted<Package>;

/** So many packages that match are looked at for those that may be read. */
const MAX_LOOKED = 5_000;

const NOTHING: MissingFacts = { on: 'missing', what: 'project', within: null };

/** Finds packages by name for an address, and leaves out what whoever asks may not read. */
export function createLookup({ packages, access }: Services) {
  const candidates = async ({ facts }: ScopeContext, name: string): Promise<Package[]> => {
    const address = { type: 'npm', name };
    if (facts.on === 'group') return packages.below(facts.lineage, address);
    // Without the rule that the scope is the namespace, anyone could publish under anyone's name.
    const scope = /^@([^/]+)\//.exec(name)?.[1];
    return scope === undefined ? [] : packages.belowPath(scope, address);
  };

  /**
   * All packages of this name that may be read, the one that was changed last first.
   * @throws Denied or PosternError `not_found` when there is none; what may not be seen looks like what is not there.
   */
  const find = async (context: ScopeContext, name: string): Promise<[Found, ...Found[]]> => {
    const { facts } = context;
    if (facts.on === 'project') return [{ package: await packages.find(facts.project, { type: 'npm', name }), facts }];
    const [first, ...others] = await permittedPackages(context, access, await candidates(context, name));
    if (first) return [first, ...others];
    if (facts.on === 'instance') context.requireOn(NOTHING, 'read_package');
    throw notFound('package');
  };

  /** The first packages with this in their names that may be read; by name alone there is no search. */
  const search = async (context: ScopeContext, text: string, limit: number): Promise<Package[]> => {
    const { facts } = context;
    if (facts.on === 'instance') return [];
    if (facts.on === 'project') return packages.search({ projectId: facts.project.id }, 'npm', text, { limit });
    const found: Package[] = [];
    const known = new Map<number, ProjectFacts | null>();
    let after: Package | undefined;
    for (let looked = 0; looked < MAX_LOOKED && found.length < limit; looked += limit) {
      const some = await packages.search({ lineage: facts.lineage }, 'npm', text, { limit, after });
      found.push(...(await permittedPackages(context, access, some, known)).map((permitted) => permitted.package));
      after = some.at(-1);
      if (some.length < limit) break;
    }
    return found.slice(0, limit);
  };

  return { find, search };
}

export type Lookup = ReturnType<typeof createLookup>;
