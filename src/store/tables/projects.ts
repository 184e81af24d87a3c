import type { Insertable, Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { NamespacesTable, ProjectsTable } from '../db/schema.ts';

/** A project with what its namespace and its route add to it. */
export interface ProjectRow extends Selectable<ProjectsTable> {
  full_path: string;
  /** The lineage of the namespace it is in. */
  lineage: string;
  namespace_kind: NamespacesTable['kind'];
  namespace_owner_id: number | null;
}

export async function insertProject(db: Db, row: Insertable<ProjectsTable>): Promise<number> {
  const { id } = await db.insertInto('projects').values(row).returning('id').executeTakeFirstOrThrow();
  return id;
}

export const selectProjects = (db: Db) =>
  db
    .selectFrom('projects as p')
    .innerJoin('namespaces as n', 'n.id', 'p.namespace_id')
    .innerJoin('routes as r', 'r.project_id', 'p.id')
    .selectAll('p')
    .select([
      'r.path as full_path',
      'n.lineage as lineage',
      'n.kind as namespace_kind',
      'n.owner_id as namespace_owner_id',
    ]);

export function findProject(db: Db, id: number): Promise<ProjectRow | undefined> {
  return selectProjects(db).where('p.id', '=', id).executeTakeFirst();
}

const byPath = prepared<ProjectRow>((db, pathKey) => selectProjects(db).where('r.path_key', '=', pathKey));

/** By its path of today; redirects are `findRoute`'s. */
export async function findProjectByPath(db: Db, pathKey: string): Promise<ProjectRow | undefined> {
  return (await byPath(db, pathKey))[0];
}
