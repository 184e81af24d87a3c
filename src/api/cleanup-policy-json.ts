import { z } from 'zod';
import { CADENCES, type CleanupPolicy, type CleanupPolicyChange } from '../domain/projects/cleanup-policy.ts';
import { defined } from '../lib/defined.ts';
import { formatInstant } from '../lib/instant.ts';
import { Flag, Moment, whole } from './schemas.ts';

/** How the cleanup policy of a project is set and shown: GitLab's `container_expiration_policy`. */

/** An empty text in a form is no value. */
const orEmpty = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? null : value), schema.nullish());

export const CleanupPolicyAttributes = z.object({
  enabled: Flag.nullish().describe('Delete tags whenever the policy is due'),
  cadence: orEmpty(z.enum(CADENCES)).describe('How often the policy runs'),
  keep_n: orEmpty(whole()).describe('Number of most recently pushed matching tags of each image to keep: 1 to 100'),
  older_than: orEmpty(z.string()).describe('Keep tags pushed more recently than this: `7d` to `90d`'),
  name_regex_delete: orEmpty(z.string()).describe('RE2 regular expression for whole tag names to delete'),
  name_regex: orEmpty(z.string()).describe('Deprecated name of `name_regex_delete`'),
  name_regex_keep: orEmpty(z.string()).describe('RE2 regular expression for whole tag names to keep'),
  untagged_days: orEmpty(whole()).describe(
    'Days after which manifests are deleted that nothing refers to; 0: never; `null`: the default of the server. Not in GitLab',
  ),
});

export const ShownCleanupPolicy = z
  .object({
    cadence: z.string(),
    enabled: z.boolean(),
    keep_n: z.int().nullable(),
    older_than: z.string().nullable(),
    name_regex: z.string().nullable(),
    name_regex_delete: z.string().nullable(),
    name_regex_keep: z.string().nullable(),
    next_run_at: Moment.nullable(),
    untagged_days: z.int().nullable(),
  })
  .meta({ id: 'ContainerExpirationPolicy' });

/** @returns undefined when a request leaves the policy as it is. */
export function cleanupPolicyOf(
  attributes: z.output<typeof CleanupPolicyAttributes> | null | undefined,
): CleanupPolicyChange | undefined {
  if (!attributes) return undefined;
  const { enabled, cadence, keep_n, older_than, name_regex_delete, name_regex, name_regex_keep } = attributes;
  return defined({
    enabled: enabled ?? undefined,
    cadence: cadence ?? undefined,
    keepN: keep_n,
    olderThan: older_than,
    nameRegex: name_regex_delete || (name_regex === undefined ? name_regex_delete : name_regex),
    nameRegexKeep: name_regex_keep,
    untaggedDays: attributes.untagged_days,
  });
}

export const showCleanupPolicy = (policy: CleanupPolicy): z.output<typeof ShownCleanupPolicy> => ({
  cadence: policy.cadence,
  enabled: policy.enabled,
  keep_n: policy.keepN,
  older_than: policy.olderThan,
  name_regex: policy.nameRegex,
  name_regex_delete: policy.nameRegex,
  name_regex_keep: policy.nameRegexKeep,
  next_run_at: formatInstant(policy.nextRunAt),
  untagged_days: policy.untaggedDays,
});
