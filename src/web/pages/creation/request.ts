import { pathOfName } from '../../../domain/paths.ts';
import { VISIBILITIES } from '../../../domain/visibility.ts';
import { PosternError } from '../../../lib/errors.ts';
import type { Typed } from '../../views/form.tsx';

/** What the forms of projects and groups have in common. A path that is left empty is made of the name. */
export function requestOf(form: URLSearchParams) {
  const name = form.get('name') ?? '';
  const path = (form.get('path') ?? '').trim() || pathOfName(name);
  const visibility = VISIBILITIES.find((one) => one === form.get('visibility'));
  return { name, path, description: (form.get('description') ?? '').trim(), visibility };
}

/** The number that a query or a form names; null: none, or nothing that is a number. */
export const numberIn = (fields: URLSearchParams, name: string): number | null => {
  const text = fields.get(name) ?? '';
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
};

/** The field that a sentence of the rules is about; null: it is about none of ours. */
export function mistakesOf(error: unknown, form: URLSearchParams): Typed['mistakes'] | null {
  if (!(error instanceof PosternError) || error.kind !== 'invalid') return null;
  const { message } = error;
  if (message.startsWith('Name')) return { name: message };
  if (message.startsWith('Visibility')) return { visibility: message };
  if (message.startsWith('Groups cannot be nested')) return { name: message };
  if (!message.startsWith('Path')) return null;
  const own = (form.get('path') ?? '').trim() !== '';
  if (own) return { path: message };
  // The path was made of the name: where that cannot be done, the name's own mistake is said, or what to type.
  if ((form.get('name') ?? '').trim() === '') return { name: "Name can't be blank" };
  return { path: message.endsWith('blank') ? 'No path can be made of this name: type one' : message };
}
