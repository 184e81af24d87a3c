import type { Facts, ProjectFacts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { PackageName, Resource } from '../domain/access/resource.ts';
import { matchesGlob } from '../lib/glob.ts';
import type { Actor } from './actor.ts';
import { ALLOWED, deny, type Refusal } from './decision.ts';
import type { DecisionFacts } from './facts.ts';
import { type Permission, type Protected, permissionRow } from './permissions.ts';
import { rankOf } from './role-limit.ts';

/** Whether a pattern is for a name, in any way of writing it that its type takes for the same. */
const isFor = ({ pattern, foldedPattern }: Protection, { name, key }: PackageName): boolean =>
  matchesGlob(pattern, name) || matchesGlob(foldedPattern, key);

/**
 * The least role that may do this to a package: of all patterns for its name the strictest counts. 0: none is for it.
 */
function leastRoleFor(what: Protected, named: PackageName, protections: readonly Protection[]): number {
  let least = 0;
  for (const protection of protections)
    if ((protection[what] ?? 0) > least && isFor(protection, named)) least = protection[what] ?? 0;
  return least;
}

/** A decision that depends on the protected names of a project. */
interface OnProtectedNames {
  target: ProjectFacts;
  package: PackageName;
  what: Protected;
}

/**
 * Finds out whether a decision depends on protected names, which are then among its facts. Reading a package never
 * does.
 * @returns the project and the package; null: it depends on none.
 */
export function onProtectedNames(
  permission: Permission,
  target: Facts,
  resource: Resource | null,
): OnProtectedNames | null {
  const { protectedBy: what } = permissionRow(permission);
  if (what === undefined || resource === null || !('package' in resource) || target.on !== 'project') return null;
  return { target, package: resource.package, what };
}

/** Names of packages that a project protects are for roles: a credential without one is shut out. */
export function protectedName(
  actor: Actor,
  permission: Permission,
  { target, protections }: DecisionFacts,
  resource: Resource | null,
): Refusal {
  const asked = onProtectedNames(permission, target, resource);
  if (asked === null) return ALLOWED;
  if (protections === null) throw new Error('a decision on a package was asked for without its protected names');
  const least = leastRoleFor(asked.what, asked.package, protections);
  return rankOf(actor, asked.target) >= least ? ALLOWED : deny(403, 'package_protected', 'Package protected.');
}
