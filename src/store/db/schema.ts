import type { Generated } from 'kysely';
import type { ImagesSchema } from './images-schema.ts';
import type { KeysSchema } from './keys-schema.ts';
import type { LfsSchema } from './lfs-schema.ts';
import type { PackagesSchema } from './packages-schema.ts';
import type { PushesSchema } from './pushes-schema.ts';
import type { StorageSchema } from './storage-schema.ts';
import type { TasksSchema } from './tasks-schema.ts';

/**
 * The tables, once for both engines. Instants are milliseconds since 1970, flags are 0 or 1, names that are compared
 * without regard to case have a `_key` column beside them that holds the lower-case form.
 */
export interface Schema
  extends ImagesSchema,
    KeysSchema,
    LfsSchema,
    PackagesSchema,
    PushesSchema,
    StorageSchema,
    TasksSchema {
  users: UsersTable;
  namespaces: NamespacesTable;
  projects: ProjectsTable;
  routes: RoutesTable;
  redirects: RedirectsTable;
  members: MembersTable;
  personal_access_tokens: PersonalAccessTokensTable;
  sessions: SessionsTable;
  sent_forms: SentFormsTable;
  deploy_tokens: DeployTokensTable;
  deploy_token_secrets: DeployTokenSecretsTable;
  audit_events: AuditEventsTable;
  usage_counts: UsageCountsTable;
}

export type Flag = 0 | 1;
export type Visibility = 'private' | 'internal' | 'public';

export interface UsersTable {
  id: Generated<number>;
  username: string;
  username_key: string;
  name: string;
  email: string;
  email_key: string;
  password_hash: string | null;
  admin: Flag;
  blocked: Flag;
  created_at: number;
}

/** A group, or the personal namespace of a user. */
export interface NamespacesTable {
  id: Generated<number>;
  kind: 'group' | 'user';
  parent_id: number | null;
  /** The owner of a personal namespace. */
  owner_id: number | null;
  name: string;
  path: string;
  description: string;
  visibility: Visibility;
  /** The ids from the root down to this one: `/1/5/9/`. Reach is one prefix comparison; a moved group is one update. */
  lineage: string;
  created_at: number;
}

export interface ProjectsTable {
  id: Generated<number>;
  namespace_id: number;
  name: string;
  path: string;
  description: string;
  visibility: Visibility;
  archived: Flag;
  repository_enabled: Flag;
  lfs_enabled: Flag;
  registry_enabled: Flag;
  packages_enabled: Flag;
  repository_members_only: Generated<Flag>;
  registry_members_only: Generated<Flag>;
  packages_members_only: Generated<Flag>;
  creator_id: number | null;
  created_at: number;
  last_activity_at: number;
}

/** The full path of every group, personal namespace and project. One table, so that no two of them can share one. */
export interface RoutesTable {
  path_key: string;
  path: string;
  namespace_id: number | null;
  project_id: number | null;
}

/** Paths that something had before it was renamed or moved. A new owner of the path wins over it. */
export interface RedirectsTable {
  path_key: string;
  namespace_id: number | null;
  project_id: number | null;
}

export interface MembersTable {
  id: Generated<number>;
  user_id: number;
  namespace_id: number | null;
  project_id: number | null;
  access_level: number;
  expires_at: number | null;
  created_by: number | null;
  created_at: number;
}

export interface PersonalAccessTokensTable {
  id: Generated<number>;
  user_id: number;
  name: string;
  description: string;
  /** Space-separated, in the order of authz/scopes. */
  scopes: string;
  hash: string;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
  created_at: number;
}

/** Sessions of the pages. Sessions that are over are removed when their user signs in again. */
export interface SessionsTable {
  id: Generated<number>;
  user_id: number;
  /** SHA-256 of the secret in the cookie, hex. */
  hash: string;
  /** Where it was used last. */
  ip: string;
  /** The browser, as it calls itself. */
  agent: string;
  created_at: number;
  last_used_at: number;
}

export interface SentFormsTable {
  /** SHA-256 of whose form it is and of its own number, hex. */
  key: string;
  /** The id of the created thing; null: nothing yet. */
  made_id: number | null;
  created_at: number;
}

export interface DeployTokensTable {
  id: Generated<number>;
  name: string;
  /** Null: the default, `gitlab+deploy-token-{id}`. */
  username: string | null;
  /** The group that owns it; exactly one of this and project_id is set. */
  namespace_id: number | null;
  project_id: number | null;
  /** Space-separated, in canonical order. */
  scopes: string;
  expires_at: number | null;
  revoked_at: number | null;
  creator_id: number | null;
  created_at: number;
  last_used_at: number | null;
  last_used_ip: string | null;
  last_used_protocol: string | null;
}

/** A table of its own, so that two secrets can be alive while a token is rotated. */
export interface DeployTokenSecretsTable {
  /** SHA-256 of the secret, hex: the key, and the only way to it. */
  hash: string;
  deploy_token_id: number;
  /** The secret under AES-256-GCM; only for a project's `gitlab-deploy-token`. */
  sealed: string | null;
  /** Which key sealed it. */
  sealed_key_id: string | null;
  created_at: number;
}

/** Written, never changed or deleted. Ids are kept without foreign keys: an event outlives what it speaks of. */
export interface AuditEventsTable {
  id: Generated<number>;
  action: string;
  actor_kind: string;
  actor_id: number | null;
  actor_name: string;
  ip: string | null;
  request_id: string | null;
  /** The project, group, user or instance it happened to. */
  entity_kind: 'Project' | 'Group' | 'User' | 'Instance';
  entity_id: number | null;
  entity_path: string;
  target_kind: string;
  target_id: number | null;
  target_name: string;
  /** A JSON object; never with a secret in it. */
  details: string;
  created_at: number;
}

/** Requests of a deploy token, or to a project, on a day by a protocol. */
export interface UsageCountsTable {
  subject_kind: 'token' | 'project';
  subject_id: number;
  /** Days since 1970, in UTC. */
  day: number;
  protocol: string;
  requests: number;
}
