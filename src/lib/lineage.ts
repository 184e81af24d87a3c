/**
 * A lineage is the ids from the root group down, `/1/5/9/`. A group covers another, or itself, at any depth, when its
 * lineage is a prefix of the other's; the trailing slash keeps 5 from covering 50.
 */
export function covers(lineage: string, other: string): boolean {
  return other.startsWith(lineage);
}

/** The lineage of a child of `parent`; of a root without a parent. */
export function childLineage(parent: string | null, id: number): string {
  return `${parent ?? '/'}${id}/`;
}

/** The ids of a lineage, root first. */
export function idsOf(lineage: string): number[] {
  return lineage.split('/').filter(Boolean).map(Number);
}
