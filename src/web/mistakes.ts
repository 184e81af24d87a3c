import { type ErrorKind, PosternError } from '../lib/errors.ts';
import { type Typed, WHOLE } from './views/typed.ts';

/** Something typed that no rule of the domain forbids, but that is surely not meant. */
export class Mistake extends Error {
  readonly field: string;

  constructor(field: string, message: string) {
    super(message);
    this.field = field;
  }
}

const MENDABLE: readonly ErrorKind[] = ['invalid', 'unprocessable', 'conflict', 'forbidden'];

/**
 * What is to be said at which field of a form that was refused. Sentences of the domain start with the name of what
 * they are about.
 * @param fields by the word that a sentence starts with.
 * @returns null for what who typed cannot mend: throw it again.
 */
export function mistakesOf(error: unknown, fields: Readonly<Record<string, string>>): Typed['mistakes'] | null {
  if (error instanceof Mistake) return { [error.field]: error.message };
  if (!(error instanceof PosternError) || !MENDABLE.includes(error.kind)) return null;
  if (error.message.startsWith('expires_at')) return { expires_at: 'This is not a valid date' };
  const message = error.message.toLowerCase();
  const [, field] = Object.entries(fields).find(([word]) => message.startsWith(word.toLowerCase())) ?? [];
  return { [field ?? WHOLE]: error.message };
}
