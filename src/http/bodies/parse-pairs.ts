import { invalidParameter } from '../../lib/errors.ts';

/** Most fields of one form, of either media type. No form that is accepted has a hundred. */
export const MAX_FIELDS = 4096;

export const tooManyFields = () => invalidParameter(`The form has more than ${MAX_FIELDS} fields`);

/**
 * Parses a form of `application/x-www-form-urlencoded`. Its fields are counted before they are parsed.
 * @throws PosternError `invalid` when there are more than 4,096.
 */
export function parsePairs(text: string): URLSearchParams {
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    count += 1;
    if (count > MAX_FIELDS) throw tooManyFields();
  }
  return new URLSearchParams(text);
}
