import type { Access, MissingFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package, PackageFile } from '../../domain/packages/address.ts';
import type { Project } from '../../domain/projects/projects.ts';
import type { Services } from '../../domain/services.ts';
import { notFound } from '../../lib/errors.ts';
import type { LevelContext } from './at-each-level.ts';
import { type Found, readablePackages } from './readable-packages.ts';

export interface LookupOptions {
  type: string;
  /**
   * The project or namespace, by path, that owns a package of this name: only there it is looked for on the whole
   * instance. Without an owner anyone could publish under anyone's name. Null: no such package is found on the
   * instance.
   */
  ownerOf?: (name: string) => { project: string } | { namespace: string } | null;
  /** The clients send credentials only after a 401: without any they must get one for a package that is not there. */
  needsChallenge?: boolean;
}

export type PackageLookup = ReturnType<typeof createPackageLookup>;

const NOTHING: MissingFacts = { on: 'missing', what: 'project', within: null };

/** No namespace has this lineage. */
const NOWHERE = '/0/';

/**
 * Finds packages for a request to a project, below a group, or by name on the instance. Packages the actor may not read
 * are left out, and get the same response as missing ones.
 */
export function createPackageLookup(
  { packages, access }: Pick<Services, 'packages' | 'access'>,
  { type, ownerOf = () => null, needsChallenge = false }: LookupOptions,
) {
  const addressOf = (name: string) => ({ type, name });

  const missing = (context: LevelContext) => {
    const isChallenged = needsChallenge && context.actor.kind === 'anonymous';
    if (context.facts.on === 'instance' || isChallenged) context.requireOn(NOTHING, 'read_package');
    return notFound('package');
  };

  /** The one project that can have the package. Null: it is looked for in the namespace, see `lineageOf`. */
  const projectOf = async (context: LevelContext, name: string): Promise<ProjectFacts | null> => {
    if (context.facts.on === 'project') return context.facts;
    const owner = context.facts.on === 'instance' ? ownerOf(name) : null;
    if (!owner || !('project' in owner)) return null;
    const facts = await access.project(owner.project, context.userId);
    if (facts.on === 'project' && !facts.moved) {
      context.requireOn(facts, 'read_package');
      return facts;
    }
    await access.completeLookUps(facts, context.userId);
    throw missing(context);
  };

  /** Of the namespace below which a package of this name is looked for. Null: the name names none. */
  const lineageOf = async ({ facts }: LevelContext, name: string): Promise<string | null> => {
    if (facts.on !== 'instance') return facts.lineage;
    const owner = ownerOf(name);
    // A hidden namespace and a missing one take the same look-ups.
    return owner && 'namespace' in owner ? ((await packages.lineageOf(owner.namespace)) ?? NOWHERE) : null;
  };

  /**
   * All packages of this name, the one that was changed last first.
   * @throws Denied, or PosternError `not_found`.
   */
  const find = async (context: LevelContext, name: string): Promise<[Found, ...Found[]]> => {
    const facts = await projectOf(context, name);
    if (facts) return [{ package: await packages.find(facts.project, addressOf(name)), facts }];
    const lineage = await lineageOf(context, name);
    const below = lineage === null ? [] : await packages.below(lineage, addressOf(name));
    const [first, ...others] = await readablePackages(context, access, below);
    if (!first) throw missing(context);
    return [first, ...others];
  };

  return {
    find,

    /** The same without the facts. */
    async packages(context: LevelContext, name: string): Promise<[Package, ...Package[]]> {
      const [first, ...others] = await find(context, name);
      return [first.package, ...others.map((each) => each.package)];
    },

    /**
     * The project from which a version is read, with all its files: of several, the one that got the version last.
     * @throws Denied, or PosternError `not_found`.
     */
    async projectWith(context: LevelContext, name: string, version: string): Promise<Project> {
      const facts = await projectOf(context, name);
      if (facts) return facts.project;
      const lineage = await lineageOf(context, name);
      const having = lineage === null ? [] : await packages.projectsWith(lineage, addressOf(name), version);
      const [first] = await readablePackages(context, access, having);
      if (!first) throw missing(context);
      return first.facts.project;
    },

    /** The file of this name and digest, to be downloaded. @throws PosternError `not_found`. */
    async file(context: LevelContext, file: { sha256: string; name: string; child?: string }): Promise<PackageFile> {
      const where = scopeOf(context);
      const candidates = where ? await packages.filesByDigest(where, type, file) : [];
      const [found] =
        context.facts.on === 'project'
          ? candidates
          : (await readablePackages(context, access, candidates)).map((each) => each.package);
      if (!found) throw notFound('package file');
      packages.downloads.note(found.version_id);
      return found;
    },

    /** The first packages with this text in their names; none on the instance. */
    async search(context: LevelContext, text: string, limit: number): Promise<Package[]> {
      const where = scopeOf(context);
      if (!where) return [];
      const page = (after?: Package) => packages.search(where, type, text, { limit, after });
      return 'projectId' in where ? page() : readablePages(context, access, page, limit);
    },
  };
}

/** How many packages a search below a group examines for those that the actor may read. */
const MAX_EXAMINED = 5_000;

/** @param page at most `limit` packages after one. @returns at most `limit` of those that the actor may read. */
async function readablePages(
  context: LevelContext,
  access: Access,
  page: (after?: Package) => Promise<Package[]>,
  limit: number,
): Promise<Package[]> {
  const found: Package[] = [];
  const known = new Map<number, ProjectFacts | null>();
  let after: Package | undefined;
  for (let examined = 0; examined < MAX_EXAMINED && found.length < limit; examined += limit) {
    const some = await page(after);
    found.push(...(await readablePackages(context, access, some, known)).map((each) => each.package));
    after = some.at(-1);
    if (some.length < limit) break;
  }
  return found.slice(0, limit);
}

/** Where a search looks. Null: nowhere, as on the instance there is no search. */
function scopeOf({ facts }: LevelContext): { projectId: number } | { lineage: string } | null {
  if (facts.on === 'instance') return null;
  return facts.on === 'project' ? { projectId: facts.project.id } : { lineage: facts.lineage };
}
