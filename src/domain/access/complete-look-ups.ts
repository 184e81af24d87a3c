import { idsOf } from '../../lib/lineage.ts';
import type { Db } from '../../store/db/database.ts';
import { highestAccessLevel } from '../../store/tables/members.ts';
import { findNamespaceByRedirect, findNearestNamespace } from '../../store/tables/namespaces.ts';
import { findProjectByRedirect } from '../../store/tables/projects.ts';
import { pathKey } from '../../store/tables/routes.ts';

/**
 * A number; a full path such as `group/sub/project`; or the name of an image, which is its project's path and perhaps
 * more behind it.
 */
export type Reference = number | string | { image: string };

/** The facts of a target, as far as the look-ups depend on them. */
type Target = { on: 'instance' } | Existing | Missing;

interface Existing {
  on: 'project' | 'group';
  moved: boolean;
  sought?: Reference;
}

interface Missing {
  on: 'missing';
  what: 'project' | 'group';
  within: string | null;
  sought?: Reference;
}

/**
 * Makes the look-ups that a missing target takes and an existing one does not, or the other way round. Their results
 * are not used. Nothing is done for a target that was not found by a reference.
 */
export async function completeLookUps(db: Db, target: Target, userId: number | null, now: number): Promise<void> {
  if (target.on === 'instance' || target.sought === undefined) return;
  if (target.on === 'missing') await likeExisting(db, target, userId, now);
  else await likeMissing(db, target);
}

/** The role of a user, in as many namespaces as a target at this place would be in. */
async function likeExisting(db: Db, { what, within }: Missing, userId: number | null, now: number): Promise<void> {
  if (userId === null) return;
  const depth = Math.max(1, idsOf(within ?? '').length + (what === 'group' ? 1 : 0));
  await highestAccessLevel(db, userId, { namespaceIds: new Array(depth).fill(NO_NAMESPACE) }, now);
}

/** No namespace has it. */
const NO_NAMESPACE = 0;

/** The redirect from a path, and the nearest namespace above it. */
async function likeMissing(db: Db, { on, moved, sought }: Existing): Promise<void> {
  if (sought === undefined || typeof sought === 'number') return;
  const key = pathKey(typeof sought === 'string' ? sought : sought.image);
  // A reference by image follows no redirects.
  if (typeof sought === 'string' && !moved)
    await (on === 'project' ? findProjectByRedirect(db, key) : findNamespaceByRedirect(db, key));
  await findNearestNamespace(db, parentsOf(key));
}

/** `a/b/c` -> `a/b`, `a`. At most as deep as namespaces go; a longer path has no namespace that deep. */
export function parentsOf(key: string): string[] {
  const parts = key.split('/');
  return parts.slice(0, 25).flatMap((_, index) => (index === 0 ? [] : [parts.slice(0, index).join('/')]));
}
