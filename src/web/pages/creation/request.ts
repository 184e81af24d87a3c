import { pathOfName } from '../../../domain/paths.ts';
import { VISIBILITIES } from '../../../domain/visibility.ts';
import { mistakesOf } from '../../mistakes.ts';
import type { Typed } from '../../views/typed.ts';

/** What the forms of projects and groups have in common. A path that is left empty is made of the name. */
export function requestOf(form: URLSearchParams) {
  const name = form.get('name') ?? '';
  const path = (form.get('path') ?? '').trim() || pathOfName(name);
  const visibility = VISIBILITIES.find((one) => one === form.get('visibility'));
  return { name, path, description: (form.get('description') ?? '').trim(), visibility };
}

/** The form's field for each field that an error names. */
const FIELDS = { name: 'name', visibility: 'visibility', path: 'path', parent_id: 'name' };

/**
 * What is to be said at which field; null: who typed cannot mend it. A path that was made of the name is the name's
 * mistake.
 */
export function mistakesIn(error: unknown, form: URLSearchParams): Typed['mistakes'] | null {
  const found = mistakesOf(error, FIELDS);
  const path = found?.['path'];
  if (path === undefined || (form.get('path') ?? '').trim() !== '') return found;
  if ((form.get('name') ?? '').trim() === '') return { name: "Name can't be blank" };
  return { path: path.endsWith('blank') ? 'No path can be derived from this name: enter one' : path };
}
