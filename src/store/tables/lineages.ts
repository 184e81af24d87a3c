import type { Db } from '../db/database.ts';
import { isPostgres } from '../db/migrations/columns.ts';
import { prepared } from '../db/prepared.ts';

interface Row {
  lineage: string;
}

const ofProject = prepared<Row, [number]>((db, id) => {
  const query = db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .select('n.lineage as lineage')
    .where('p.id', '=', id);
  return isPostgres(db) ? query.forKeyShare('p') : query;
});

/**
 * Keeps a project from being deleted or moved until the transaction ends; many may do so at once. Every upload asks.
 * @returns the lineage of the namespace that it is in, as it is now; undefined: there is no such project.
 */
export async function lockProject(trx: Db, id: number): Promise<string | undefined> {
  return (await ofProject(trx, id))[0]?.lineage;
}

/** The lineage of a group or personal namespace, as it is now. */
export async function findLineage(db: Db, id: number): Promise<string | undefined> {
  const row = await db.selectFrom('namespaces').select('lineage').where('id', '=', id).executeTakeFirst();
  return row?.lineage;
}
