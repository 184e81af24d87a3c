import { Denied } from '../http/route.ts';
import { type ErrorKind, PosternError } from '../lib/errors.ts';
import { type Typed, WHOLE } from './views/typed.ts';

/** Input that no rule of the domain forbids, but that is certainly a mistake. */
export class Mistake extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const CORRECTABLE: readonly ErrorKind[] = ['invalid', 'unprocessable', 'conflict', 'forbidden'];

/**
 * The messages to show beside the fields of a form that was refused.
 * @param fields the form's field for each field that an error can name, where the two differ or both exist.
 * @returns null for an error that the user cannot correct in the form: throw it again.
 */
export function mistakesOf(error: unknown, fields: Readonly<Record<string, string>>): Typed['mistakes'] | null {
  if (error instanceof Denied && error.denial.reason === 'above_own_role') return { [WHOLE]: error.message };
  if (error instanceof Mistake) return { [error.field]: error.message };
  if (!(error instanceof PosternError) || !CORRECTABLE.includes(error.kind)) return null;
  const { field, message, detail } = error;
  if (field === 'expires_at' && detail.part === 'parameter') return { expires_at: 'This is not a valid date' };
  return { [(field === undefined ? undefined : fields[field]) ?? WHOLE]: message };
}
