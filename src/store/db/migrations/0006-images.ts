import { type Kysely, sql } from 'kysely';
import { isPostgres, withId } from './columns.ts';

export const kind = 'expand';

/** The container registry: images of projects, their blobs, manifests and tags. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const [bytes, ascii] = isPostgres(db) ? (['bytea', sql`text collate "C"`] as const) : (['blob', 'text'] as const);

  await withId(db.schema.createTable('images'), db)
    .addColumn('project_id', 'bigint', (c) => c.notNull().references('projects.id').onDelete('cascade'))
    .addColumn('path', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('images_project_path', ['project_id', 'path'])
    .execute();

  await db.schema
    .createTable('image_contents')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('sha256', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema.createIndex('image_contents_sha256').on('image_contents').column('sha256').execute();

  await db.schema
    .createTable('image_blobs')
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull().references('image_contents.digest').onDelete('restrict'))
    .addColumn('touched_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('image_blobs_pk', ['image_id', 'digest'])
    .execute();
  await db.schema.createIndex('image_blobs_digest').on('image_blobs').column('digest').execute();

  await withId(db.schema.createTable('image_manifests'), db)
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id').onDelete('cascade'))
    .addColumn('digest', ascii, (c) => c.notNull())
    .addColumn('media_type', 'text', (c) => c.notNull())
    .addColumn('size', 'bigint', (c) => c.notNull())
    .addColumn('subject', 'text')
    .addColumn('artifact_type', 'text')
    .addColumn('config_digest', 'text')
    .addColumn('image_size', 'bigint', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('annotations', 'text')
    .addColumn('body', bytes, (c) => c.notNull())
    .addUniqueConstraint('image_manifests_digest', ['image_id', 'digest'])
    .execute();
  await db.schema
    .createIndex('image_manifests_subject')
    .on('image_manifests')
    .columns(['image_id', 'subject', 'digest'])
    .execute();

  // A blob that a manifest needs cannot be unlinked: a collector or a deletion meets this constraint, not a race.
  // With the image these rows go first, whatever the order in which PostgreSQL empties the other tables.
  await db.schema
    .createTable('image_manifest_blobs')
    .addColumn('manifest_id', 'bigint', (c) => c.notNull().references('image_manifests.id').onDelete('cascade'))
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id').onDelete('cascade'))
    .addColumn('digest', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('image_manifest_blobs_pk', ['manifest_id', 'digest'])
    .addForeignKeyConstraint(
      'image_manifest_blobs_blob',
      ['image_id', 'digest'],
      'image_blobs',
      ['image_id', 'digest'],
      (c) => c.onDelete('no action'),
    )
    .execute();
  await db.schema
    .createIndex('image_manifest_blobs_used')
    .on('image_manifest_blobs')
    .columns(['image_id', 'digest'])
    .execute();

  await db.schema
    .createTable('image_tags')
    .addColumn('image_id', 'bigint', (c) => c.notNull().references('images.id').onDelete('cascade'))
    .addColumn('name', ascii, (c) => c.notNull())
    .addColumn('manifest_id', 'bigint', (c) => c.notNull().references('image_manifests.id').onDelete('cascade'))
    .addColumn('updated_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('image_tags_pk', ['image_id', 'name'])
    .execute();
  await db.schema.createIndex('image_tags_manifest').on('image_tags').column('manifest_id').execute();
}
