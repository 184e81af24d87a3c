/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { Page } from '../../page.ts';
import { SelectField } from '../../views/form.tsx';
import type { Typed } from '../../views/typed.ts';
import { CreationForm } from './creation-form.tsx';

interface NewProject {
  /** What all addresses start with. */
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
    label: kind === 'user' ? `${full_path} (your own)` : full_path,
  }));
  const where = more ? ' Not all are listed: for another group, press New project on its page.' : '';
  const body = (
    <CreationForm
      what="project"
      title="New project"
      about="A Git repository, container images and packages, with one set of members and deploy tokens."
      address={`${base}/, its group`}
      cancel="/"
      typed={typed}
    >
      <SelectField
        name="namespace_id"
        label="Group"
        hint={`The deploy tokens of a group reach its projects too.${where}`}
        options={options}
        chosen={chosen === null ? undefined : String(chosen)}
        {...shared}
      />
    </CreationForm>
  );
  return { title: 'New project', body };
}
