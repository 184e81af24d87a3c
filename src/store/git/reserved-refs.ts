import type { RefCommand } from './push-commands.ts';

/**
 * The namespaces of refs that are the server's own. A client neither sees nor changes them: git would take
 * `refs/replace/` for instructions to read other objects, and the others are for what the server keeps of pipelines and
 * requests. Refs in any other namespace are data: `push --mirror` of a foreign repository brings many.
 */
export const RESERVED_REFS = [
  'refs/replace',
  'refs/pipelines',
  'refs/keep-around',
  'refs/merge-requests',
  'refs/environments',
] as const;

const isReserved = (ref: string): boolean =>
  RESERVED_REFS.some((namespace) => ref === namespace || ref.startsWith(`${namespace}/`));

/** A push without the refs that are reserved. */
export interface SortedPush {
  /** The commands that may be carried out. */
  commands: RefCommand[];
  /** A sentence about the others, which git refuses one by one; null when there are none. */
  notice: string | null;
  /** Nothing of the push can be done: all refs are reserved, or one of a push that is atomic. */
  refused: boolean;
}

/** Sorts out the refs of a push that are reserved. @param atomic the client wants all refs changed, or none. */
export function sortPush(all: readonly RefCommand[], atomic: boolean): SortedPush {
  const commands = all.filter(({ ref }) => !isReserved(ref));
  const reserved = all.length - commands.length;
  if (reserved === 0) return { commands, notice: null, refused: false };
  const first = all.find(({ ref }) => isReserved(ref))?.ref ?? '';
  const named = reserved === 1 ? `${first} is` : `${first} and ${reserved - 1} more refs are`;
  const notice = `${named} not changed: ${RESERVED_REFS.map((name) => `${name}/`).join(', ')} are reserved for the server.`;
  return { commands, notice, refused: commands.length === 0 || atomic };
}
