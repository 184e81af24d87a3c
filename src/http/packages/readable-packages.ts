import type { Access, ProjectFacts } from '../../domain/access/facts.ts';
import type { Package } from '../../domain/packages/address.ts';
import type { RequestContext } from '../route.ts';

/** A package, or a version or file of one, with the facts of its project. */
export interface Found<P = Package> {
  package: P;
  facts: ProjectFacts;
}

/**
 * Those of some packages, in their order, whose project the actor may read: below a group the actor may not read every
 * project. When it may read none, the queries are the same for packages in one hidden project, in several, and for
 * none: their duration does not tell that there are hidden ones.
 * @param known results of earlier calls, by project; null: the actor may not read it.
 */
export async function readablePackages<P extends { project_id: number }>(
  context: RequestContext<unknown>,
  access: Access,
  candidates: readonly P[],
  known: Map<number, ProjectFacts | null> = new Map(),
): Promise<Found<P>[]> {
  const ids = [...new Set(candidates.map(({ project_id }) => project_id))].filter((id) => !known.has(id));
  const isOne = ids.length === 1;
  for (const facts of isOne ? await readOne(access, ids, context.userId) : await access.projects(ids, context.userId))
    known.set(facts.project.id, context.permitOn(facts, 'read_package').allow ? facts : null);
  const found = candidates.flatMap((each) => {
    const facts = known.get(each.project_id);
    return facts ? [{ package: each, facts }] : [];
  });
  if (found.length === 0)
    await (isOne ? access.projects([], context.userId) : readOne(access, NO_PROJECT, context.userId));
  return found;
}

/** No project has this id. */
const NO_PROJECT = [0];

/** The facts of the first of these projects, by the two queries that are fastest: most packages are in one project. */
async function readOne(access: Access, [id = 0]: readonly number[], userId: number | null): Promise<ProjectFacts[]> {
  const facts = await access.project(id, userId);
  if (facts.on === 'project') return [facts];
  await access.completeLookUps(facts, userId);
  return [];
}
