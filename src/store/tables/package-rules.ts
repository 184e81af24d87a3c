import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageRulesTable } from '../db/packages-schema.ts';
import { prepared } from '../db/prepared.ts';
import { type Page, type PageRequest, paginate } from './page.ts';

export type PackageRuleRow = Selectable<PackageRulesTable>;

/** @throws a duplicate error when the project has a rule for this type and pattern. */
export function insertPackageRule(db: Db, row: Insertable<PackageRulesTable>): Promise<PackageRuleRow> {
  return db.insertInto('package_rules').values(row).returningAll().executeTakeFirstOrThrow();
}

export function findPackageRule(db: Db, projectId: number, id: number): Promise<PackageRuleRow | undefined> {
  return db
    .selectFrom('package_rules')
    .selectAll()
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** The rules of a project for one type, oldest first. Each publication reads them. */
export const listPackageRules = prepared<PackageRuleRow, [number, string]>((db, projectId, type) =>
  db.selectFrom('package_rules').selectAll().where('project_id', '=', projectId).where('type', '=', type).orderBy('id'),
);

/** The rules of a project, oldest first. */
export function pagePackageRules(db: Db, projectId: number, page: PageRequest): Promise<Page<PackageRuleRow>> {
  return paginate(db.selectFrom('package_rules').selectAll().where('project_id', '=', projectId).orderBy('id'), page);
}

/** @throws a duplicate error when the project has another rule for this type and pattern. */
export function updatePackageRule(db: Db, id: number, change: Updateable<PackageRulesTable>): Promise<PackageRuleRow> {
  return db.updateTable('package_rules').set(change).where('id', '=', id).returningAll().executeTakeFirstOrThrow();
}

export async function deletePackageRule(db: Db, id: number): Promise<void> {
  await db.deleteFrom('package_rules').where('id', '=', id).execute();
}
