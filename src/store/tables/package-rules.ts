import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { PackageRulesTable } from '../db/schema.ts';

export type PackageRuleRow = Selectable<PackageRulesTable>;

/** @throws a duplicate error when the project has a rule for this type and pattern. */
export function insertPackageRule(db: Db, row: Insertable<PackageRulesTable>): Promise<PackageRuleRow> {
  return db.insertInto('package_rules').values(row).returningAll().executeTakeFirstOrThrow();
}

/** The rules of a project, oldest first; of one type when it is given. */
export function listPackageRules(db: Db, projectId: number, type?: string): Promise<PackageRuleRow[]> {
  let query = db.selectFrom('package_rules').selectAll().where('project_id', '=', projectId);
  if (type !== undefined) query = query.where('type', '=', type);
  return query.orderBy('id').execute();
}

/** @returns whether it was there. */
export async function deletePackageRule(db: Db, projectId: number, id: number): Promise<boolean> {
  const result = await db
    .deleteFrom('package_rules')
    .where('project_id', '=', projectId)
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}
