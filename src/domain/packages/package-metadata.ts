import { inTransaction } from '../../store/db/database.ts';
import { readPackageProperties, writePackageProperty } from '../../store/tables/package-properties.ts';
import { claimPackage, findPackage } from '../../store/tables/packages.ts';
import type { Authorised } from '../access/confirm.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import { projectEntity } from '../projects/entity.ts';
import type { Project } from '../projects/projects.ts';
import type { PackageAddress } from './address.ts';
import type { PackageDocuments } from './documents.ts';
import { nameKeyOf, type PackageTypes } from './package-behaviour.ts';
import { claimRepositories, repositoryKeysOf } from './repositories.ts';

/** Properties of a name that need not have versions: an entry of a type's index that is no package. */
export function createPackageMetadata(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  audit: Audit,
  types: PackageTypes,
  documents: PackageDocuments,
) {
  /**
   * Sets properties. When they all have these values already, nothing happens.
   * @throws what `confirm` throws.
   */
  return async (
    project: Project,
    address: PackageAddress,
    properties: Readonly<Record<string, string>>,
    { author: by, confirm }: Authorised,
  ): Promise<void> => {
    const { type, name } = address;
    const behaviour = types(type);
    const nameKey = nameKeyOf(types, address);
    const changed = await inTransaction(db, async (trx) => {
      await confirm(trx, { package: { type, name, key: nameKey } });
      const existing = await findPackage(trx, { projectId: project.id, type, nameKey });
      const before = existing ? await readPackageProperties(trx, existing.id) : new Map<string, string>();
      const changes = Object.entries(properties).filter(([key, value]) => before.get(key) !== value);
      if (changes.length === 0) return null;
      const found = await claimPackage(trx, { project_id: project.id, type, name, name_key: nameKey }, clock());
      for (const [key, value] of changes) await writePackageProperty(trx, found.id, key, value);
      const keys = await repositoryKeysOf(trx, behaviour, found.id);
      await audit.record(
        {
          action: 'package_registry_package_published',
          by,
          entity: projectEntity(project),
          target: { kind: 'Package', id: found.id, name },
          details: { type, properties: changes.map(([key]) => key) },
        },
        trx,
      );
      return { package: found, repositories: await claimRepositories(trx, found, keys) };
    });
    if (changed) documents.refresh(changed);
  };
}
