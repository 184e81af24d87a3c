/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { Page } from '../../page.ts';
import { SelectField } from '../../views/form.tsx';
import type { Typed } from '../../views/typed.ts';
import { CreationForm } from './creation-form.tsx';

interface NewProject {
  /** The base URL of all addresses. */
  base: string;
  /** Where it may be made. */
  namespaces: readonly Group[];
  chosen: number | null;
  /** There are more than are listed. */
  more: boolean;
  typed?: Typed;
}

export function newProjectPage({ base, namespaces, chosen, more, typed }: NewProject): Page {
  const shared = typed === undefined ? {} : { typed };
  const options = namespaces.map(({ id, full_path, kind }) => ({
    value: String(id),
    label: kind === 'user' ? `${full_path} (personal)` : full_path,
  }));
  const where = more
    ? ' Not all groups are listed: for another group, choose New project on the page of the group.'
    : '';
  const body = (
    <CreationForm
      what="project"
      title="New project"
      about="A project has a Git repository, container images and packages, with one set of members and deploy tokens."
      address={`${base}/, its group`}
      cancel="/"
      typed={typed}
    >
      <SelectField
        name="namespace_id"
        label="Group"
        hint={`Deploy tokens of the group reach this project too.${where}`}
        options={options}
        chosen={chosen === null ? undefined : String(chosen)}
        {...shared}
      />
    </CreationForm>
  );
  return { title: 'New project', body };
}
