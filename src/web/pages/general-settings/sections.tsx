/** @jsxImportSource hono/jsx */

import type { ProjectFeatures } from '../../../domain/projects/projects.ts';
import { defined } from '../../../lib/defined.ts';
import { Button } from '../../views/button.tsx';
import { Choices, Form, TextField } from '../../views/form.tsx';
import { Section } from '../../views/section.tsx';
import { Came, type SectionProps } from './section-props.tsx';

const FEATURES: readonly { value: keyof ProjectFeatures; label: string; hint: string }[] = [
  {
    value: 'repository',
    label: 'Repository',
    hint: 'Git: clone, fetch and push.',
  },
  { value: 'lfs', label: 'Git LFS', hint: 'Large files outside the repository.' },
  { value: 'registry', label: 'Container registry', hint: 'Pull and push images.' },
  { value: 'packages', label: 'Package registry', hint: 'Publish and install packages.' },
];

const FOR_MEMBERS = [
  { value: 'repository', label: 'Repository: members only' },
  { value: 'registry', label: 'Images: members only' },
  { value: 'packages', label: 'Packages: members only' },
] as const;

export function Features({ visit: { facts }, place, typed, saved }: SectionProps) {
  if (facts.on !== 'project') return null;
  const { repository_enabled, lfs_enabled, registry_enabled, packages_enabled } = facts.project;
  const closed = FOR_MEMBERS.map(({ value }) => value).filter((value) => facts.membersOnly[value]);
  const on = Object.entries({
    repository: repository_enabled,
    lfs: lfs_enabled,
    registry: registry_enabled,
    packages: packages_enabled,
  }).flatMap(([feature, enabled]) => (enabled ? feature : []));
  const shared = typed === undefined ? {} : { typed };
  return (
    <Section
      id="features"
      title="Features"
      about="The features of this project. Switching a feature off keeps its data; it works again when you switch it on."
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <Form action={place.page('/features')}>
        <Choices name="features" label="Enabled features" choices={FEATURES} chosen={on} {...shared} />
        <Choices
          name="members_only"
          label="Members only"
          hint="Restricted to members with the role Reporter or higher, and to deploy tokens with the matching scope, even if the project is visible to others."
          choices={FOR_MEMBERS}
          chosen={closed}
          {...shared}
        />
        <div>
          <Button kind="primary">Save features</Button>
        </div>
      </Form>
    </Section>
  );
}

export function DefaultBranch({ place, around, typed, saved }: SectionProps) {
  return (
    <Section
      id="branch"
      title="Default branch"
      about="The branch that a clone checks out. It cannot be deleted."
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <Form action={place.page('/branch#branch')}>
        <TextField
          name="branch"
          label="Branch"
          hint="An existing branch."
          maxlength={255}
          required
          autocomplete="off"
          value={around.defaultBranch}
          {...defined({ typed })}
        />
        <div>
          <Button>Change default branch</Button>
        </div>
      </Form>
    </Section>
  );
}

export function Archive({ visit: { facts }, place, typed, saved }: SectionProps) {
  const archived = facts.on === 'project' && facts.archived;
  return (
    <Section
      id="archive"
      title={archived ? 'Unarchive this project' : 'Archive this project'}
      about={archived ? 'This project is archived and read-only.' : 'Make the project read-only.'}
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        {archived
          ? 'Pushing and publishing work again as soon as the project is unarchived.'
          : 'Nobody can push or publish, not even with a deploy token. Cloning, pulling and installing keep working. You can undo this.'}
      </p>
      <Form action={place.page('/archive')}>
        <input type="hidden" name="archived" value={archived ? '0' : '1'} />
        <div>
          <Button>{archived ? 'Unarchive project' : 'Archive project'}</Button>
        </div>
      </Form>
    </Section>
  );
}

export function Rename({ place, typed, saved }: SectionProps) {
  const above = place.path.slice(0, -place.part.length);
  return (
    <Section
      id="path-section"
      title="Change the path"
      about="The last part of the address and of image names."
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        The old address of pages and Git redirects to the new one until something else takes it. Packages can still be
        installed from the old address, but are published at the new one. Images don’t redirect: update every place that
        names them.
      </p>
      <Form action={place.page('/path#path-section')}>
        <TextField
          name="path"
          label="Path"
          hint={above === '' ? 'The whole address.' : `After ${above}`}
          maxlength={255}
          required
          autocomplete="off"
          value={place.part}
          {...defined({ typed })}
        />
        <div>
          <Button>Change path</Button>
        </div>
      </Form>
    </Section>
  );
}

export function Transfer({ place, typed, saved }: SectionProps) {
  const project = place.kind === 'project';
  return (
    <Section
      id="transfer"
      title={`Move this ${place.kind}`}
      about={
        project
          ? 'To another group or to a personal namespace.'
          : 'To another group or to the top level, with everything in it.'
      }
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        The address changes as with a new path. Members and deploy tokens of the old groups lose access; those of the
        new groups get access. The visibility becomes at most that of the new group.
      </p>
      <Form action={place.page('/transfer#transfer')}>
        <TextField
          name="namespace"
          label="Destination"
          hint={
            project
              ? 'The full path of a group where you may create projects, or your own user name.'
              : 'The full path of a group where you may create groups, or / for the top level.'
          }
          required
          autocomplete="off"
          {...defined({ typed })}
        />
        <div>
          <Button>{`Move ${place.kind}`}</Button>
        </div>
      </Form>
    </Section>
  );
}

export function Destroy({ place, around, typed }: SectionProps) {
  const holds = around.holds.filter(([count]) => count > 0);
  return (
    <Section
      id="destroy"
      title={`Delete this ${place.kind}`}
      about="With everything in it. This cannot be undone."
      open={typed !== undefined}
    >
      <div class="stack">
        <p>
          {place.kind === 'project' ? 'The Git repository is deleted immediately' : 'It is deleted immediately'}
          {holds.length === 0 ? '.' : ', and with it:'}
        </p>
        {holds.length === 0 ? null : (
          <ul class="bullets">
            {holds.map(([count, what]) => (
              <li>
                <strong>{count}</strong> {what}
              </li>
            ))}
          </ul>
        )}
      </div>
      <Form action={place.page('/destroy')}>
        <TextField
          name="confirm"
          label={`Type ${place.path} to delete it`}
          required
          autocomplete="off"
          {...defined({ typed })}
        />
        <div>
          <Button kind="danger">{`Delete ${place.kind}`}</Button>
        </div>
      </Form>
    </Section>
  );
}
