import { byteSizeIn } from '../../../lib/byte-size.ts';
import { Mistake } from '../../mistakes.ts';

/** The limit that was typed; null: none. @throws Mistake. */
export function limitIn(form: URLSearchParams): number | null {
  const text = (form.get('storage_limit') ?? '').trim();
  if (text === '') return null;
  const bytes = byteSizeIn(text);
  if (bytes === null || bytes < 1 || bytes > Number.MAX_SAFE_INTEGER)
    throw new Mistake(
      'storage_limit',
      'This is not a size. Enter a size such as 500 MB or 10 GiB, or leave the field empty',
    );
  return bytes;
}
