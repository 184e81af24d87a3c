import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';

const ofPackage = prepared<{ name: string; value: string }, [number]>((db, packageId) =>
  db.selectFrom('package_properties').select(['name', 'value']).where('package_id', '=', packageId).orderBy('name'),
);

/** The properties of a package, by name. */
export async function readPackageProperties(db: Db, packageId: number): Promise<Map<string, string>> {
  return new Map((await ofPackage(db, packageId)).map(({ name, value }) => [name, value]));
}

const write = prepared<never, [number, string, string]>((db, package_id, name, value) =>
  db
    .insertInto('package_properties')
    .values({ package_id, name, value })
    .onConflict((conflict) => conflict.columns(['package_id', 'name']).doUpdateSet({ value })),
);

export async function writePackageProperty(db: Db, packageId: number, name: string, value: string): Promise<void> {
  await write(db, packageId, name, value);
}

export async function deletePackageProperty(db: Db, packageId: number, name: string): Promise<void> {
  await db.deleteFrom('package_properties').where('package_id', '=', packageId).where('name', '=', name).execute();
}
