/** @jsxImportSource hono/jsx */
import type { ProjectFacts } from '../../../domain/access/facts.ts';
import type { CleanupPreview } from '../../../domain/images/cleanup/run-policies.ts';
import { CADENCES, type CleanupPolicy, KEEP_N, OLDER_THAN } from '../../../domain/projects/cleanup-policy.ts';
import { counted } from '../../counted.ts';
import type { Page, Visit } from '../../page.ts';
import { projectPath } from '../../paths.ts';
import { Button } from '../../views/button.tsx';
import { Choices, Form, SelectField, TextField, WholeMistake } from '../../views/form.tsx';
import { Notice } from '../../views/notice.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Time } from '../../views/time.tsx';
import type { Typed } from '../../views/typed.ts';

export const cleanupPath = ({ full_path }: ProjectFacts['project'], page = ''): string =>
  projectPath(full_path, `/-/settings/packages_and_registries/cleanup_image_tags${page}`);

export interface CleanupShown {
  policy: CleanupPolicy;
  /** Days after which untagged manifests are deleted where the project sets nothing; 0: never. */
  defaultDays: number;
  typed?: Typed;
  preview?: CleanupPreview;
}

/** Settings > Images: which tags of images are deleted, and when untagged manifests are. */
export function cleanupPage(visit: Visit<ProjectFacts>, shown: CleanupShown): Page {
  const { project } = visit.facts;
  const { policy, typed, preview } = shown;
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="Images">
      {visit.query.has('saved') && typed === undefined ? <Notice kind="good">Saved.</Notice> : null}
      {preview === undefined ? null : <Preview preview={preview} />}
      <section class="card stack" aria-labelledby="cleanup">
        <h2 id="cleanup">Clean up image tags</h2>
        <p class="soft">
          Deletes tags of all images in this project by name, number and age. The tag <code>latest</code> is never
          deleted. Deletions cannot be undone; they are in the audit log.
        </p>
        {policy.enabled && policy.nextRunAt !== null ? (
          <p>
            The next run is <NextRun at={policy.nextRunAt} now={visit.now} />.
          </p>
        ) : null}
        <Form action={cleanupPath(project)}>
          <WholeMistake typed={typed} />
          <Fields {...shown} />
          <div class="row">
            <Button kind="primary">Save</Button>
            <Button action={cleanupPath(project, '/preview')}>Preview</Button>
          </div>
        </Form>
      </section>
    </PageHeader>
  );
  return { title: `Image settings · ${project.full_path}`, body };
}

const NextRun = ({ at, now }: { at: number; now: number }) => (at <= now ? <>due now</> : <Time at={at} />);

function Preview({ preview: { images, tags, deleted } }: { preview: CleanupPreview }) {
  const all = `${counted(tags, 'tag')} in ${counted(images, 'image')}`;
  return (
    <Notice focused>
      These settings would now delete <strong>{deleted}</strong> of {all}. Nothing is saved or deleted yet.
    </Notice>
  );
}

const EVERY: Readonly<Record<(typeof CADENCES)[number], string>> = {
  '1d': 'Every day',
  '7d': 'Every week',
  '14d': 'Every two weeks',
  '1month': 'Every month',
  '3month': 'Every three months',
};

const CADENCE_OPTIONS = CADENCES.map((value) => ({ value, label: EVERY[value] }));
const KEEP_OPTIONS = [
  { value: '', label: 'None' },
  ...KEEP_N.map((n) => ({ value: String(n), label: `${counted(n, 'tag')} per image` })),
];
const AGE_OPTIONS = [
  { value: '', label: 'Of any age' },
  ...OLDER_THAN.map((value) => ({ value, label: `Older than ${value.slice(0, -1)} days` })),
];

function Fields({ policy, defaultDays, typed }: CleanupShown) {
  const shared = typed === undefined ? {} : { typed };
  const byDefault = defaultDays === 0 ? 'never' : `${defaultDays} days`;
  return (
    <>
      <Choices
        name="enabled"
        label="Cleanup policy"
        choices={[{ value: '1', label: 'Enabled' }]}
        chosen={policy.enabled ? ['1'] : []}
        {...shared}
      />
      <SelectField
        name="cadence"
        label="How often"
        options={CADENCE_OPTIONS}
        chosen={policy.cadence}
        short
        {...shared}
      />
      <TagFields policy={policy} shared={shared} />
      <TextField
        name="untagged_days"
        label="Delete untagged manifests after (days)"
        hint={`Days since nothing refers to the manifest: no tag, index or subject. Applies without a policy, too. Empty: ${byDefault}, the default of this server. 0: never.`}
        value={policy.untaggedDays === null ? '' : String(policy.untaggedDays)}
        autocomplete="off"
        short
        {...shared}
      />
    </>
  );
}

/** Which tags are deleted, and which of these are kept. */
function TagFields({ policy, shared }: { policy: CleanupPolicy; shared: { typed?: Typed } }) {
  const text = { ...shared, maxlength: 255, autocomplete: 'off' } as const;
  return (
    <>
      <TextField
        name="name_regex"
        label="Delete tags with these names"
        hint="An RE2 regular expression that matches whole tags: .* for all, (pr|nightly)-.* for some."
        value={policy.nameRegex ?? ''}
        {...text}
      />
      <SelectField
        name="older_than"
        label="Delete tags of this age"
        hint="Since the tag was last pushed."
        options={AGE_OPTIONS}
        chosen={policy.olderThan ?? ''}
        short
        {...shared}
      />
      <TextField
        name="name_regex_keep"
        label="Keep tags with these names"
        hint="Has precedence over the names to delete. sha256-.* keeps signatures of cosign."
        value={policy.nameRegexKeep ?? ''}
        {...text}
      />
      <SelectField
        name="keep_n"
        label="Keep the newest"
        hint="Of each image, and only of tags with names to delete."
        options={KEEP_OPTIONS}
        chosen={policy.keepN === null ? '' : String(policy.keepN)}
        short
        {...shared}
      />
    </>
  );
}
