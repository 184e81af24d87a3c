import { type Kysely, sql } from 'kysely';
import { bytewise, withId } from './columns.ts';

export const kind = 'expand';

/** Groups, personal namespaces, projects, their paths and their members. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('namespaces'), db)
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('parent_id', 'bigint', (c) => c.references('namespaces.id').onDelete('restrict'))
    .addColumn('owner_id', 'bigint', (c) => c.references('users.id').onDelete('restrict'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('visibility', 'text', (c) => c.notNull())
    .addColumn('lineage', bytewise(db), (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('namespaces_parent').on('namespaces').column('parent_id').execute();
  await db.schema.createIndex('namespaces_owner').on('namespaces').column('owner_id').execute();
  await db.schema.createIndex('namespaces_lineage').on('namespaces').column('lineage').execute();

  await withId(db.schema.createTable('projects'), db)
    .addColumn('namespace_id', 'bigint', (c) => c.notNull().references('namespaces.id').onDelete('restrict'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('visibility', 'text', (c) => c.notNull())
    .addColumn('archived', 'integer', (c) => c.notNull())
    .addColumn('repository_enabled', 'integer', (c) => c.notNull())
    .addColumn('lfs_enabled', 'integer', (c) => c.notNull())
    .addColumn('registry_enabled', 'integer', (c) => c.notNull())
    .addColumn('packages_enabled', 'integer', (c) => c.notNull())
    .addColumn('creator_id', 'bigint', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_activity_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('projects_namespace').on('projects').column('namespace_id').execute();

  await paths(db);
  await members(db);
}

async function paths(db: Kysely<unknown>): Promise<void> {
  for (const table of ['routes', 'redirects'] as const) {
    let create = db.schema.createTable(table).addColumn('path_key', bytewise(db), (c) => c.primaryKey());
    if (table === 'routes') create = create.addColumn('path', 'text', (c) => c.notNull());
    await create
      .addColumn('namespace_id', 'bigint', (c) => c.references('namespaces.id').onDelete('cascade'))
      .addColumn('project_id', 'bigint', (c) => c.references('projects.id').onDelete('cascade'))
      .addCheckConstraint(`${table}_one_target`, sql`(namespace_id is null) <> (project_id is null)`)
      .execute();
    for (const target of ['namespace', 'project']) {
      const index = db.schema.createIndex(`${table}_${target}`).on(table).column(`${target}_id`);
      await (table === 'routes' ? index.unique() : index).execute();
    }
  }
}

async function members(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('members'), db)
    .addColumn('user_id', 'bigint', (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('namespace_id', 'bigint', (c) => c.references('namespaces.id').onDelete('cascade'))
    .addColumn('project_id', 'bigint', (c) => c.references('projects.id').onDelete('cascade'))
    .addColumn('access_level', 'integer', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('created_by', 'bigint', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addCheckConstraint('members_one_target', sql`(namespace_id is null) <> (project_id is null)`)
    .execute();
  await db.schema
    .createIndex('members_namespace_user')
    .unique()
    .on('members')
    .columns(['namespace_id', 'user_id'])
    .execute();
  await db.schema
    .createIndex('members_project_user')
    .unique()
    .on('members')
    .columns(['project_id', 'user_id'])
    .execute();
  await db.schema.createIndex('members_user').on('members').column('user_id').execute();
}
