import type { Kysely } from 'kysely';
import { withId } from './columns.ts';

export const kind = 'expand';

/** Git LFS: objects, the projects they are linked to, and locks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('lfs_objects')
    .addColumn('oid', 'text', (c) => c.primaryKey())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('lfs_links')
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('oid', 'text', (c) => c.notNull().references('lfs_objects.oid').onDelete('restrict'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('lfs_links_pk', ['project_id', 'oid'])
    .execute();
  await db.schema.createIndex('lfs_links_oid').on('lfs_links').column('oid').execute();

  await withId(db.schema.createTable('lfs_locks'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('ref', 'text')
    .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('lfs_locks_path', ['project_id', 'path'])
    .execute();
}
