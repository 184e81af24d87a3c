import type { Db } from '../../store/db/database.ts';
import type { PackageFileRow } from '../../store/tables/package-files.ts';
import type { PackageRow, PackageVersionRow } from '../../store/tables/packages.ts';
import type { Audit } from '../audit/audit.ts';
import type { AuditAuthor } from '../audit/author.ts';
import { projectEntity } from '../projects/entity.ts';
import type { Project } from '../projects/projects.ts';
import type { AuditNote } from './package-behaviour.ts';

/** Records in the audit log what was changed about packages of a project, in the transaction of the change. */
export function packageAudit(audit: Audit, trx: Db, project: Project, by: AuditAuthor) {
  const entity = projectEntity(project);
  return {
    published: ({ name, type }: PackageRow, { id, version }: PackageVersionRow, files: readonly PackageFileRow[]) =>
      audit.record(
        {
          action: 'package_registry_package_published',
          by,
          entity,
          target: { kind: 'Package', id, name: `${name}/${version}` },
          details: { type, files: files.map((file) => ({ name: file.name, sha256: file.sha256 })) },
        },
        trx,
      ),

    changed: ({ id, name, type }: PackageRow, { action, details }: AuditNote) =>
      audit.record({ action, by, entity, target: { kind: 'Package', id, name }, details: { type, ...details } }, trx),

    versionDeleted: ({ name, type }: PackageRow, { id, version }: Pick<PackageVersionRow, 'id' | 'version'>) =>
      audit.record(
        {
          action: 'package_registry_package_deleted',
          by,
          entity,
          details: { type },
          target: { kind: 'Package', id, name: `${name}/${version}` },
        },
        trx,
      ),

    fileDeleted: ({ name, type }: PackageRow, { version }: PackageVersionRow, file: PackageFileRow) =>
      audit.record(
        {
          action: 'package_registry_package_file_deleted',
          by,
          entity,
          target: { kind: 'PackageFile', id: file.id, name: `${name}/${version}/${file.name}` },
          details: { type, sha256: file.sha256 },
        },
        trx,
      ),
  };
}
