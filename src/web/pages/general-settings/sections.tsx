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
  { value: 'lfs', label: 'Git LFS', hint: 'Large files beside the repository.' },
  { value: 'registry', label: 'Container registry', hint: 'Images are pulled and pushed.' },
  { value: 'packages', label: 'Package registry', hint: 'Packages are published and installed.' },
];

const FOR_MEMBERS = [
  { value: 'repository', label: 'Repository of members alone' },
  { value: 'registry', label: 'Images of members alone' },
  { value: 'packages', label: 'Packages of members alone' },
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
      about="What this project has. What is switched off is kept, and works again when it is switched on."
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <Form action={place.page('/features')}>
        <Choices name="features" label="This project has" choices={FEATURES} chosen={on} {...shared} />
        <Choices
          name="members_only"
          label="For members alone"
          hint="With the role of a Reporter or higher, or a deploy token with the scope for it, also when everyone sees the project."
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

export function Archive({ visit: { facts }, place, typed, saved }: SectionProps) {
  const archived = facts.on === 'project' && facts.archived;
  return (
    <Section
      id="archive"
      title={archived ? 'Unarchive this project' : 'Archive this project'}
      about={
        archived ? 'It is archived: it can be read, not changed.' : 'Keep it to be read, and let nothing change it.'
      }
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        {archived
          ? 'Pushing and publishing work again as soon as it is unarchived.'
          : 'Nobody pushes or publishes any more, also not with a deploy token. Cloning, pulling and installing go on. It can be undone.'}
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
      about="Its part of the address, and of the names of its images."
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        Pages and Git under the old address go on to the new one, until something else takes the old one; packages are
        read there, and published under the new one. Images do not: they are pulled and pushed under the new name from
        then on, so whoever names them has to be changed.
      </p>
      <Form action={place.page('/path#path-section')}>
        <TextField
          name="path"
          label="Path"
          hint={above === '' ? 'All of its address.' : `Behind ${above}`}
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
        project ? 'Into another group, or to a person.' : 'Into another group, or to the top, with all that is in it.'
      }
      open={typed !== undefined || saved}
    >
      <Came typed={typed} saved={saved} />
      <p>
        Its address changes as with a new path. Members and deploy tokens of the groups that it leaves do not reach it
        any more; those of the groups that it comes into do. It becomes as private as the group it comes into.
      </p>
      <Form action={place.page('/transfer#transfer')}>
        <TextField
          name="namespace"
          label="Move it to"
          hint={
            project
              ? 'The full path of a group in which you may make projects, or your own user name.'
              : 'The full path of a group in which you may make groups, or / for the top.'
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
          {place.kind === 'project' ? 'Its Git repository is gone at once' : 'It is gone at once'}
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
