import { pathOfName } from '../../../domain/paths.ts';
import { VISIBILITIES } from '../../../domain/visibility.ts';
import { mistakesOf } from '../../mistakes.ts';
import type { Typed } from '../../views/typed.ts';

/** The common fields of project and group forms. An empty path is derived from the name. */
export function requestOf(form: URLSearchParams) {
  const name = form.get('name') ?? '';
  const path = (form.get('path') ?? '').trim() || pathOfName(name);
  const visibility = VISIBILITIES.find((one) => one === form.get('visibility'));
  return { name, path, description: (form.get('description') ?? '').trim(), visibility };
}

/** The form's field for each field that an error names. */
const FIELDS = { name: 'name', visibility: 'visibility', path: 'path', parent_id: 'name' };

/**
 * The messages by field; null for an error that the user can't correct. An error in a path derived from the name is
 * shown beside the name.
 */
export function mistakesIn(error: unknown, form: URLSearchParams): Typed['mistakes'] | null {
  const found = mistakesOf(error, FIELDS);
  const path = found?.['path'];
  if (path === undefined || (form.get('path') ?? '').trim() !== '') return found;
  if ((form.get('name') ?? '').trim() === '') return { name: "Name can't be blank" };
  return { path: path.endsWith('blank') ? 'No path can be derived from this name: enter one' : path };
}
