import { type Kysely, sql } from 'kysely';
import { forbidChanges } from './append-only.ts';
import { clustered, withId } from './columns.ts';

export const kind = 'expand';

/** Deploy tokens, their secrets, and the audit log. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await withId(db.schema.createTable('deploy_tokens'), db)
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('username', 'text')
    .addColumn('namespace_id', 'bigint', (c) => c.references('namespaces.id').onDelete('cascade'))
    .addColumn('project_id', 'bigint', (c) => c.references('projects.id').onDelete('cascade'))
    .addColumn('scopes', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('creator_id', 'bigint', (c) => c.references('users.id').onDelete('set null'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('last_used_ip', 'text')
    .addColumn('last_used_protocol', 'text')
    .addCheckConstraint('deploy_tokens_one_owner', sql`(namespace_id is null) <> (project_id is null)`)
    .execute();
  await db.schema.createIndex('deploy_tokens_namespace').on('deploy_tokens').column('namespace_id').execute();
  await db.schema.createIndex('deploy_tokens_project').on('deploy_tokens').column('project_id').execute();

  await clustered(db.schema.createTable('deploy_token_secrets'), db)
    .addColumn('hash', 'text', (c) => c.primaryKey().notNull())
    .addColumn('deploy_token_id', 'bigint', (c) => c.notNull().references('deploy_tokens.id').onDelete('cascade'))
    .addColumn('sealed', 'text')
    .addColumn('sealed_key_id', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('deploy_token_secrets_token')
    .on('deploy_token_secrets')
    .column('deploy_token_id')
    .execute();

  await withId(db.schema.createTable('audit_events'), db)
    .addColumn('action', 'text', (c) => c.notNull())
    .addColumn('actor_kind', 'text', (c) => c.notNull())
    .addColumn('actor_id', 'bigint')
    .addColumn('actor_name', 'text', (c) => c.notNull())
    .addColumn('ip', 'text')
    .addColumn('request_id', 'text')
    .addColumn('entity_kind', 'text', (c) => c.notNull())
    .addColumn('entity_id', 'bigint')
    .addColumn('entity_path', 'text', (c) => c.notNull())
    .addColumn('target_kind', 'text', (c) => c.notNull())
    .addColumn('target_id', 'bigint')
    .addColumn('target_name', 'text', (c) => c.notNull())
    .addColumn('details', 'text', (c) => c.notNull())
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex('audit_events_entity')
    .on('audit_events')
    .columns(['entity_kind', 'entity_id', 'id'])
    .execute();
  await forbidChanges(db, 'audit_events');
}
