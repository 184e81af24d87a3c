import { defined } from '../../lib/defined.ts';
import { inField, ruleBroken } from '../../lib/errors.ts';
import { compilePattern } from '../../lib/pattern.ts';
import { parsePeriod } from '../../lib/period.ts';
import type { Db } from '../../store/db/database.ts';
import { type CleanupPolicyRow, findCleanupPolicies, writeCleanupPolicy } from '../../store/tables/cleanup-policies.ts';

/** The values that GitLab takes. */
export const CADENCES = ['1d', '7d', '14d', '1month', '3month'] as const;
export const KEEP_N = [1, 5, 10, 25, 50, 100] as const;
export const OLDER_THAN = ['7d', '14d', '30d', '60d', '90d'] as const;
/** The longest time that manifests are kept that nothing refers to, in days. */
const MAX_UNTAGGED_DAYS = 3650;

/**
 * When and how the tags of a project's images are deleted: the attributes of GitLab's `container_expiration_policy`.
 * https://docs.gitlab.com/user/packages/container_registry/reduce_container_registry_storage/#cleanup-policy
 */
export interface CleanupPolicy {
  enabled: boolean;
  cadence: string;
  /** So many of the matching tags of each image are kept, the newest. Null: none. */
  keepN: number | null;
  /** Tags that were set less long ago are kept. Null: of any age. */
  olderThan: string | null;
  /** Tags to delete, and among these tags to keep. */
  nameRegex: string | null;
  nameRegexKeep: string | null;
  /** Days after which manifests are deleted that nothing refers to. Null: the default of the server; 0: never. */
  untaggedDays: number | null;
  /** Milliseconds since 1970; null: the policy was never enabled. */
  nextRunAt: number | null;
}

/** Omitted properties are unchanged. */
export type CleanupPolicyChange = { [K in Exclude<keyof CleanupPolicy, 'nextRunAt'>]?: CleanupPolicy[K] | undefined };

/** The policy of a project that never set one, with the values of GitLab. */
const DEFAULT_POLICY: CleanupPolicy = {
  enabled: false,
  cadence: '1d',
  keepN: 10,
  olderThan: '90d',
  nameRegex: '.*',
  nameRegexKeep: null,
  untaggedDays: null,
  nextRunAt: null,
};

export const toCleanupPolicy = (row: CleanupPolicyRow | undefined): CleanupPolicy =>
  row === undefined
    ? DEFAULT_POLICY
    : {
        enabled: row.enabled === 1,
        cadence: row.cadence,
        keepN: row.keep_n,
        olderThan: row.older_than,
        nameRegex: row.name_regex,
        nameRegexKeep: row.name_regex_keep,
        untaggedDays: row.untagged_days,
        nextRunAt: row.next_run_at,
      };

/** Reads the policies of projects in one query. @returns the policy of each of them, by the project's id. */
export async function readCleanupPolicies(
  db: Db,
  projectIds: readonly number[],
): Promise<(projectId: number) => CleanupPolicy> {
  const rows = new Map((await findCleanupPolicies(db, projectIds)).map((row) => [row.project_id, row]));
  return (id) => toCleanupPolicy(rows.get(id));
}

/** The policy of one project. */
export const readCleanupPolicy = async (db: Db, projectId: number): Promise<CleanupPolicy> =>
  (await readCleanupPolicies(db, [projectId]))(projectId);

/**
 * Checks the values of a change. To be called before the transaction: patterns are compiled.
 * @throws PosternError `invalid`, about the attribute.
 */
export async function checkCleanupPolicy(change: CleanupPolicyChange): Promise<void> {
  const { cadence, keepN, olderThan, untaggedDays, nameRegex, nameRegexKeep } = change;
  if (cadence !== undefined) checkListed('cadence', cadence, CADENCES);
  if (keepN != null) checkListed('keep_n', keepN, KEEP_N);
  if (olderThan != null) checkListed('older_than', olderThan, OLDER_THAN);
  if (untaggedDays != null && !isDays(untaggedDays))
    throw invalid('untagged_days', `must be a number of days from 0 to ${MAX_UNTAGGED_DAYS}`);
  if (nameRegex) await checkPattern('name_regex', nameRegex);
  if (nameRegexKeep) await checkPattern('name_regex_keep', nameRegexKeep);
}

const isDays = (days: number) => Number.isInteger(days) && days >= 0 && days <= MAX_UNTAGGED_DAYS;

const invalid = (attribute: string, rule: string) => inField(attribute, ruleBroken(`${attribute} ${rule}`));

function checkListed<T>(attribute: string, value: T, listed: readonly T[]): void {
  if (!listed.includes(value)) throw invalid(attribute, `must be one of ${listed.join(', ')}`);
}

async function checkPattern(attribute: string, pattern: string): Promise<void> {
  if ((await compilePattern(pattern)) === null)
    throw invalid(attribute, 'must be an RE2 regular expression of at most 255 characters and 500 repetitions');
}

/**
 * Changes the policy of a project, in the transaction of the project's change. An enabled policy first runs after one
 * period of its cadence.
 * @param change a checked change.
 * @returns the policy before and after.
 * @throws PosternError `invalid` for an enabled policy without tags to delete.
 */
export async function changeCleanupPolicy(
  trx: Db,
  projectId: number,
  change: CleanupPolicyChange,
  now: number,
): Promise<{ before: CleanupPolicy; after: CleanupPolicy }> {
  const before = await readCleanupPolicy(trx, projectId);
  const wanted: CleanupPolicy = { ...before, ...defined(change) };
  if (wanted.enabled && !wanted.nameRegex) throw invalid('name_regex', 'must be set while the policy is enabled');
  const isNew = wanted.enabled && (!before.enabled || wanted.cadence !== before.cadence);
  const after = { ...wanted, nextRunAt: isNew ? now + parsePeriod('cadence', wanted.cadence) : wanted.nextRunAt };
  await writeCleanupPolicy(trx, {
    project_id: projectId,
    enabled: after.enabled ? 1 : 0,
    cadence: after.cadence,
    keep_n: after.keepN,
    older_than: after.olderThan,
    name_regex: after.nameRegex || null,
    name_regex_keep: after.nameRegexKeep || null,
    untagged_days: after.untaggedDays,
    next_run_at: after.nextRunAt,
  });
  return { before, after };
}
