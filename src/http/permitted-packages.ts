import type { Access, ProjectFacts } from '../domain/access/facts.ts';
import type { RequestContext } from './route.ts';

/** A package, or a version of one, with the facts of the project it is in. */
export interface Permitted<P> {
  package: P;
  facts: ProjectFacts;
}

/**
 * Those of some packages, in their order, whose projects let whoever asks read them: below a group not all may.
 * @param known what was found out of projects in this request; null: that they may not be read.
 */
export async function permittedPackages<P extends { project_id: number }>(
  context: RequestContext<unknown>,
  access: Access,
  candidates: readonly P[],
  known: Map<number, ProjectFacts | null> = new Map(),
): Promise<Permitted<P>[]> {
  const userId = context.actor.kind === 'user' ? context.actor.id : null;
  for (const { project_id: id } of candidates) {
    if (known.has(id)) continue;
    const facts = await access.project(id, userId);
    known.set(id, facts.on === 'project' && context.permitOn(facts, 'read_package').allow ? facts : null);
  }
  return candidates.flatMap((each) => {
    const facts = known.get(each.project_id);
    return facts ? [{ package: each, facts }] : [];
  });
}
