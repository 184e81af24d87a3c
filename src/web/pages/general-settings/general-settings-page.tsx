/** @jsxImportSource hono/jsx */

import type { Page } from '../../page.ts';
import { Button } from '../../views/button.tsx';
import { Form, TextArea, TextField } from '../../views/form.tsx';
import { PageHeader } from '../../views/page-header.tsx';
import { Section } from '../../views/section.tsx';
import { VisibilityChoices } from '../../views/visibility-choices.tsx';
import { Came, type Refused, type SectionName, type SectionProps } from './section-props.tsx';
import { Archive, DefaultBranch, Destroy, Features, Rename, Transfer } from './sections.tsx';
import { type Around, type SettingsVisit, settingsSubjectOf } from './settings-subject.ts';

/** Settings > General: what a project or group is called, who sees it, what it has, and its end. */
export function generalSettingsPage(visit: SettingsVisit, around: Around, refused?: Refused): Page {
  const place = settingsSubjectOf(visit);
  const propsOf = (section: SectionName): SectionProps => ({
    visit,
    place,
    around,
    typed: refused?.section === section ? refused.typed : undefined,
    saved: visit.query.get('saved') === section,
  });
  const project = place.kind === 'project';
  const body = (
    <PageHeader visit={visit} tab="Settings" subtab="General">
      <General {...propsOf('general')} />
      {project ? <Features {...propsOf('features')} /> : null}
      {project ? <DefaultBranch {...propsOf('branch')} /> : null}
      {project && visit.can('archive_project') ? <Archive {...propsOf('archive')} /> : null}
      {visit.can(project ? 'change_namespace' : 'admin_group') ? (
        <>
          <Rename {...propsOf('path')} />
          <Transfer {...propsOf('transfer')} />
        </>
      ) : null}
      {visit.can(project ? 'remove_project' : 'remove_group') ? <Destroy {...propsOf('destroy')} /> : null}
    </PageHeader>
  );
  return { title: `General settings · ${place.path}`, body };
}

function General({ place, around, typed, saved }: SectionProps) {
  const shared = typed === undefined ? {} : { typed };
  return (
    <Section
      id="general"
      title="Name and visibility"
      about={`The name of this ${place.kind}, and who can see it.`}
      open
    >
      <Came typed={typed} saved={saved} />
      <Form action={place.page('/general')}>
        <TextField name="name" label="Name" maxlength={255} required value={place.name} {...shared} />
        <TextArea name="description" label="Description (optional)" rows={3} value={place.description} {...shared} />
        <VisibilityChoices what={place.kind} chosen={place.visibility} within={around.within} typed={typed} />
        <div>
          <Button kind="primary">Save</Button>
        </div>
      </Form>
    </Section>
  );
}
