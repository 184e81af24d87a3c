import { inTransaction } from '../../store/db/database.ts';
import { readPackageProperties, writePackageProperty } from '../../store/tables/package-properties.ts';
import { claimPackage, findPackage } from '../../store/tables/packages.ts';
import type { Audit } from '../audit/audit.ts';
import type { Deps } from '../deps.ts';
import type { Project } from '../projects/projects.ts';
import type { ActorWithRole } from './actor-with-role.ts';
import type { PackageAddress } from './address.ts';
import { rulesFor } from './rules.ts';

/**
 * What is kept under a name that need not have a version: a group of Maven plug-ins is no package, and has metadata.
 */
export function createPackageMetadata({ db, clock }: Pick<Deps, 'db' | 'clock'>, audit: Audit) {
  /**
   * Sets properties; when they are all as they were, nothing happens.
   * @throws PosternError `forbidden` when the name is protected.
   */
  return (
    project: Project,
    { type, name, nameKey = name }: PackageAddress,
    properties: Readonly<Record<string, string>>,
    { by, level }: ActorWithRole,
  ): Promise<void> =>
    inTransaction(db, async (trx) => {
      (await rulesFor(trx, project.id, type, { name, key: nameKey })).checkPush(level);
      const there = await findPackage(trx, { projectId: project.id, type, nameKey });
      const before = there ? await readPackageProperties(trx, there.id) : new Map<string, string>();
      const changed = Object.entries(properties).filter(([key, value]) => before.get(key) !== value);
      if (changed.length === 0) return;
      const found = await claimPackage(trx, { project_id: project.id, type, name, name_key: nameKey }, clock());
      for (const [key, value] of changed) await writePackageProperty(trx, found.id, key, value);
      await audit.record(
        {
          action: 'package_registry_package_published',
          by,
          entity: { kind: 'Project', id: project.id, path: project.full_path },
          target: { kind: 'Package', id: found.id, name },
          details: { type, properties: changed.map(([key]) => key) },
        },
        trx,
      );
    });
}
