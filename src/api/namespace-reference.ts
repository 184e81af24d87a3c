import { z } from 'zod';
import type { GroupFacts, MissingFacts } from '../domain/access/facts.ts';
import type { Services } from '../domain/services.ts';
import type { RequestContext } from '../http/route.ts';

/** A group or personal namespace in a body: its number or its full path. */
export const NamespaceReference = z.union([z.int(), z.string().min(1)]);
type NamespaceReference = z.output<typeof NamespaceReference>;

/** The group or personal namespace that a body names, with the role of who asks. */
export function findNamespace(
  { access }: Services,
  context: RequestContext<unknown>,
  reference: NamespaceReference,
): Promise<GroupFacts | MissingFacts> {
  const isNumber = typeof reference === 'number' || /^\d{1,15}$/.test(reference);
  return access.namespace(isNumber ? Number(reference) : reference, context.userId);
}
