import type { Db } from '../../store/db/database.ts';
import type { IndexedProperty } from '../../store/tables/indexed-properties.ts';
import { listPackagesOfRepository, type PackageRepositoryRow } from '../../store/tables/package-repositories.ts';
import { type PackageContents, readContents } from './contents.ts';

/** Everything in a repository: the input of the makers of its documents. */
export interface RepositoryContents {
  projectId: number;
  /** The name of the distribution; empty for a type that has one repository in each project. */
  key: string;
  /**
   * The packages of the repository in the order of their names, read in batches and never all in memory. `eachFile` of
   * them gives only files of this repository.
   */
  packages(): AsyncIterable<PackageContents>;
}

/** Packages that are listed in one query. */
const BATCH_SIZE = 200;

/**
 * @param property the indexed file property that names the repository of a file; undefined: all packages of the project
 * are in it.
 */
export function readRepository(
  db: Db,
  repository: PackageRepositoryRow,
  property: string | undefined,
): RepositoryContents {
  const { project_id, key } = repository;
  const having: IndexedProperty | undefined = property === undefined ? undefined : [property, key];
  return {
    projectId: project_id,
    key,
    async *packages() {
      let after = '';
      for (;;) {
        const found = await listPackagesOfRepository(db, repository, having, { after, limit: BATCH_SIZE });
        for (const each of found) yield readContents(db, each, having ? { having } : {});
        const last = found.at(-1);
        if (!last || found.length < BATCH_SIZE) return;
        after = last.name_key;
        await Bun.sleep(0);
      }
    },
  };
}
