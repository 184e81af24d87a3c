/** @jsxImportSource hono/jsx */
import type { Group } from '../../../domain/groups/groups.ts';
import type { Page } from '../../page.ts';
import { groupPath } from '../../paths.ts';
import type { Typed } from '../../views/typed.ts';
import { CreationForm } from './creation-form.tsx';

interface NewGroup {
  /** The base URL of all addresses. */
  base: string;
  parent: Group | null;
  typed?: Typed;
}

export function newGroupPage({ base, parent, typed }: NewGroup): Page {
  const title = parent ? 'New subgroup' : 'New group';
  const about = parent ? (
    <>
      Parent group: <a href={groupPath(parent.full_path)}>{parent.full_path}</a>. Its members have the same roles in the
      subgroup.
    </>
  ) : (
    'A group contains projects and subgroups. Its deploy tokens reach all of them.'
  );
  const body = (
    <CreationForm
      what="group"
      title={title}
      about={about}
      address={`${base}/${parent ? `${parent.full_path}/` : ''}`}
      within={parent && { name: parent.full_path, visibility: parent.visibility }}
      cancel={parent ? groupPath(parent.full_path) : '/'}
      typed={typed}
    >
      {parent ? <input type="hidden" name="parent_id" value={String(parent.id)} /> : null}
    </CreationForm>
  );
  return { title, body };
}
