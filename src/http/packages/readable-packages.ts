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
 * project.
 * @param known results of earlier calls, by project; null: the actor may not read it.
 */
export async function readablePackages<P extends { project_id: number }>(
  context: RequestContext<unknown>,
  access: Access,
  candidates: readonly P[],
  known: Map<number, ProjectFacts | null> = new Map(),
): Promise<Found<P>[]> {
  for (const { project_id: id } of candidates) {
    if (known.has(id)) continue;
    const facts = await access.project(id, context.userId);
    known.set(id, facts.on === 'project' && context.permitOn(facts, 'read_package').allow ? facts : null);
  }
  return candidates.flatMap((each) => {
    const facts = known.get(each.project_id);
    return facts ? [{ package: each, facts }] : [];
  });
}
