import type { Db } from '../../store/db/database.ts';
import { listFilePropertyValues } from '../../store/tables/indexed-properties.ts';
import { claimPackageRepository, type PackageRepositoryRow } from '../../store/tables/package-repositories.ts';
import type { PackageRow } from '../../store/tables/packages.ts';
import type { PackageBehaviour } from './package-behaviour.ts';

/** The keys of the repositories that a package is in; none for a type without documents of repositories. */
export async function repositoryKeysOf(trx: Db, { documents }: PackageBehaviour, packageId: number): Promise<string[]> {
  if (!documents?.repository) return [];
  const { property } = documents.repository;
  return property === undefined ? [''] : listFilePropertyValues(trx, packageId, property);
}

/**
 * Increments the revisions of repositories in which something changed: their documents are stale from then on. To be
 * called in the transaction of the change, after it has taken all other locks.
 */
export async function claimRepositories(
  trx: Db,
  { project_id, type }: Pick<PackageRow, 'project_id' | 'type'>,
  keys: Iterable<string>,
): Promise<PackageRepositoryRow[]> {
  const claimed: PackageRepositoryRow[] = [];
  // In one order everywhere, so that two transactions never wait for each other.
  for (const key of [...new Set(keys)].sort())
    claimed.push(await claimPackageRepository(trx, { projectId: project_id, type, key }));
  return claimed;
}
