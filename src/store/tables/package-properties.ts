import type { Db } from '../db/database.ts';

/** What a type keeps with a package, by name. */
export async function readPackageProperties(db: Db, packageId: number): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('package_properties')
    .select(['name', 'value'])
    .where('package_id', '=', packageId)
    .orderBy('name')
    .execute();
  return new Map(rows.map(({ name, value }) => [name, value]));
}

export async function writePackageProperty(db: Db, packageId: number, name: string, value: string): Promise<void> {
  await db
    .insertInto('package_properties')
    .values({ package_id: packageId, name, value })
    .onConflict((conflict) => conflict.columns(['package_id', 'name']).doUpdateSet({ value }))
    .execute();
}

export async function deletePackageProperty(db: Db, packageId: number, name: string): Promise<void> {
  await db.deleteFrom('package_properties').where('package_id', '=', packageId).where('name', '=', name).execute();
}
