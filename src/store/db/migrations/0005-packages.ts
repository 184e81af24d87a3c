import type { Kysely } from 'kysely';
import { isPostgres, withId } from './columns.ts';

export const kind = 'expand';

/**
 * Packages of all types, their versions and files, what is made of them for reading, and the rules of projects about
 * them.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('packages'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('name_key', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('packages_name', ['project_id', 'type', 'name_key'])
    .execute();
  await db.schema.createIndex('packages_type_name').on('packages').columns(['type', 'name_key']).execute();

  await versionsAndFiles(db);
  await properties(db);
  await rules(db);
}

async function versionsAndFiles(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('package_versions'), db)
    .addColumn('package_id', 'bigint', (c) => c.notNull().references('packages.id').onDelete('cascade'))
    .addColumn('version', 'text', (c) => c.notNull())
    .addColumn('status', 'text', (c) => c.notNull())
    .addColumn('metadata', 'text', (c) => c.notNull())
    .addColumn('creator_id', 'bigint', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_downloaded_at', 'bigint')
    .addUniqueConstraint('package_versions_version', ['package_id', 'version'])
    .execute();

  await withId(db.schema.createTable('package_files'), db)
    .addColumn('version_id', 'bigint', (c) => c.notNull().references('package_versions.id').onDelete('cascade'))
    .addColumn('parent_id', 'bigint', (c) => c.references('package_files.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('md5', 'text')
    .addColumn('sha1', 'text')
    .addColumn('sha512', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('package_files_name').on('package_files').columns(['version_id', 'name', 'id']).execute();
  await db.schema.createIndex('package_files_parent').on('package_files').column('parent_id').execute();
  await db.schema.createIndex('package_files_blob').on('package_files').column('sha256').execute();
}

async function properties(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('package_properties')
    .addColumn('package_id', 'bigint', (c) => c.notNull().references('packages.id').onDelete('cascade'))
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('value', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('package_properties_pk', ['package_id', 'name'])
    .execute();

  await db.schema
    .createTable('package_documents')
    .addColumn('package_id', 'bigint', (c) => c.notNull().references('packages.id').onDelete('cascade'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('revision', 'bigint', (c) => c.notNull())
    .addColumn('base', 'text', (c) => c.notNull())
    .addColumn('etag', 'text', (c) => c.notNull())
    .addColumn('body', isPostgres(db) ? 'bytea' : 'blob', (c) => c.notNull())
    .addPrimaryKeyConstraint('package_documents_pk', ['package_id', 'kind'])
    .execute();
}

async function rules(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('package_rules'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('type', 'text', (c) => c.notNull())
    .addColumn('name_pattern', 'text', (c) => c.notNull())
    .addColumn('duplicates', 'text')
    .addColumn('push_level', 'integer')
    .addColumn('delete_level', 'integer')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('package_rules_pattern', ['project_id', 'type', 'name_pattern'])
    .execute();
}
