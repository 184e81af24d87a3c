import type { GroupFacts, InstanceFacts, MissingFacts, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package } from '../../domain/packages/address.ts';
import type { Project } from '../../domain/projects/projects.ts';
import type { Services } from '../../domain/services.ts';
import { permittedPackages } from '../../http/permitted-packages.ts';
import type { RequestContext } from '../../http/route.ts';
import { notFound } from '../../lib/errors.ts';

/** What the addresses of a Maven repository begin with: a project, a group, or nothing in particular. */
export type ScopeContext = RequestContext<ProjectFacts | GroupFacts | InstanceFacts>;

const NOTHING: MissingFacts = { on: 'missing', what: 'project', within: null };

/** Finds out what an address is about, and leaves out what whoever asks may not read. */
export function createLookup({ packages, access }: Services) {
  /**
   * By name alone a package is looked for in the project whose path it is: without that rule anyone could publish under
   * anyone's name. As with GitLab, only that what cannot be there is 404, so that a build asks its other repositories.
   */
  const named = async (context: ScopeContext, name: string): Promise<ProjectFacts> => {
    const facts = await access.project(name, context.actor.kind === 'user' ? context.actor.id : null);
    const there = facts.on === 'project' && !facts.moved ? facts : NOTHING;
    context.requireOn(there, 'read_package');
    if (there.on === 'missing') throw notFound('package');
    return there;
  };

  /**
   * Maven and sbt send a user name and password only when they are asked to: nobody is told without them that nothing
   * is there. pip and npm send theirs at once, and go on elsewhere after a 404.
   */
  const missing = (context: ScopeContext) => {
    if (context.actor.kind === 'anonymous') context.requireOn(NOTHING, 'read_package');
    return notFound('package');
  };

  return {
    /**
     * All packages of this name that may be read, the one that was changed last first.
     * @throws Denied, or PosternError `not_found` when there is none; what may not be seen looks like what is not
     * there.
     */
    async packages(context: ScopeContext, name: string): Promise<[Package, ...Package[]]> {
      const { facts } = context;
      const address = { type: 'maven', name };
      if (facts.on !== 'group') {
        const { project } = facts.on === 'project' ? facts : await named(context, name);
        return [await packages.find(project, address)];
      }
      const below = await packages.below(facts.lineage, address);
      const [first, ...others] = await permittedPackages(context, access, below);
      if (!first) throw missing(context);
      return [first.package, ...others.map((each) => each.package)];
    },

    /**
     * The project that a version is taken from, with all its files: of several the one that got the version last.
     * @throws Denied, or PosternError `not_found`.
     */
    async project(context: ScopeContext, name: string, version: string): Promise<Project> {
      const { facts } = context;
      if (facts.on === 'project') return facts.project;
      if (facts.on === 'instance') return (await named(context, name)).project;
      const having = await packages.projectsWith(facts.lineage, { type: 'maven', name }, version);
      const [first] = await permittedPackages(context, access, having);
      if (!first) throw missing(context);
      return first.facts.project;
    },
  };
}

export type Lookup = ReturnType<typeof createLookup>;
