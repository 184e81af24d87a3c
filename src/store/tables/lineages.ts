import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';

interface Row {
  lineage: string;
}

const ofProject = prepared<Row, [number]>((db, id) =>
  db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .select('n.lineage as lineage')
    .where('p.id', '=', id),
);

/** The lineage of the namespace that a project is in, as it is now; undefined: there is no such project. Every upload asks. */
export async function findLineageOfProject(db: Db, id: number): Promise<string | undefined> {
  return (await ofProject(db, id))[0]?.lineage;
}

/** The lineage of a group or personal namespace, as it is now. */
export async function findLineage(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('namespaces').select('lineage').where('id', '=', id).executeTakeFirst();
  return row?.lineage;
}
