import * as identity from './0001-identity.ts';
import * as hierarchy from './0002-hierarchy.ts';
import * as deployTokens from './0003-deploy-tokens.ts';
import * as lfs from './0004-lfs.ts';
import * as packages from './0005-packages.ts';
import * as images from './0006-images.ts';
import * as usage from './0007-usage.ts';
import * as sessions from './0008-sessions.ts';
import * as storageLimits from './0009-storage-limits.ts';
import * as membersOnly from './0011-members-only.ts';
import * as idempotencyKeys from './0012-sent-forms.ts';
import * as auditPaths from './0013-audit-paths.ts';
import * as largeDocuments from './0014-large-documents.ts';
import * as fileMetadata from './0015-file-metadata.ts';
import * as tasks from './0016-tasks.ts';
import * as pushes from './0017-pushes.ts';
import * as packageRepositories from './0018-package-repositories.ts';
import * as nodeNeutralKeys from './0019-node-neutral-keys.ts';
import * as sharedSignInCounts from './0020-shared-sign-in-counts.ts';
import * as manifestEntries from './0021-manifest-entries.ts';
import * as cleanupPolicies from './0022-cleanup-policies.ts';
import * as deprecatedVersions from './0023-deprecated-versions.ts';
import type { DeclaredMigration } from './migration.ts';

/** All migrations in order. A static list: what the program can do to a database is seen here and nowhere else. */
export const MIGRATIONS: Readonly<Record<string, DeclaredMigration>> = {
  '0001-identity': identity,
  '0002-hierarchy': hierarchy,
  '0003-deploy-tokens': deployTokens,
  '0004-lfs': lfs,
  '0005-packages': packages,
  '0006-images': images,
  '0007-usage': usage,
  '0008-sessions': sessions,
  '0009-storage-limits': storageLimits,
  '0011-members-only': membersOnly,
  '0012-sent-forms': idempotencyKeys,
  '0013-audit-paths': auditPaths,
  '0014-large-documents': largeDocuments,
  '0015-file-metadata': fileMetadata,
  '0016-tasks': tasks,
  '0017-pushes': pushes,
  '0018-package-repositories': packageRepositories,
  '0019-node-neutral-keys': nodeNeutralKeys,
  '0020-shared-sign-in-counts': sharedSignInCounts,
  '0021-manifest-entries': manifestEntries,
  '0022-cleanup-policies': cleanupPolicies,
  '0023-deprecated-versions': deprecatedVersions,
};
