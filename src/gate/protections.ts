import type { Permission } from '../authz/permissions.ts';
import { onProtectedNames } from '../authz/protection.ts';
import type { Tx } from '../domain/access/confirm.ts';
import type { Facts } from '../domain/access/facts.ts';
import type { Protection } from '../domain/access/protection.ts';
import type { Resource } from '../domain/access/resource.ts';
import type { Packages } from '../domain/packages/packages.ts';
import type { MaybePromise } from '../lib/maybe-promise.ts';

export interface ProtectionDeps {
  packages: { rules: Pick<Packages['rules'], 'protections'> };
}

/**
 * Reads the protected names that a decision depends on. A decision on anything but a change of a named package costs no
 * query.
 * @param tx left out: outside of any transaction.
 * @returns null when the decision depends on none.
 */
export function readProtections(
  { packages }: ProtectionDeps,
  permission: Permission,
  { target, resource }: { target: Facts; resource: Resource | null },
  tx?: Tx,
): MaybePromise<readonly Protection[] | null> {
  const asked = onProtectedNames(permission, target, resource);
  return asked && packages.rules.protections(tx, asked.target.project.id, asked.package.type);
}
