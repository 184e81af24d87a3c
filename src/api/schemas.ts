import { z } from 'zod';
import { atMost } from '../http/bodies/at-most.ts';

/**
 * Pieces of the API's schemas. Values come from JSON, from forms and from queries, so texts stand for numbers and flags
 * too.
 */

const TRUE = ['true', 't', '1', 'yes', 'y', 'on'];
const FALSE = ['false', 'f', '0', 'no', 'n', 'off'];

/** Yes or no, in the spellings that GitLab takes. */
export const Flag = z.preprocess((value) => {
  // An object or a list is no flag: its conversion to text may throw.
  const text = typeof value === 'string' || typeof value === 'number' ? String(value).toLowerCase() : '';
  return TRUE.includes(text) ? true : FALSE.includes(text) ? false : value;
}, z.boolean());

/** A whole number, also as text. */
export const whole = (number = z.int()) =>
  z.preprocess((value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value), number);

/** No list that a request sends has more items. */
const MAX_ITEMS = 100;

/** A list, or a text with commas between its items. */
export const listOf = <T extends z.ZodType>(item: T) =>
  z.preprocess(
    (value) =>
      typeof value === 'string'
        ? value
            .split(',')
            .map((part) => part.trim())
            .filter((part) => part !== '')
        : value,
    atMost(MAX_ITEMS, item),
  );

/** A date, or an instant; read with `parseInstant`, whose rules no pattern tells. */
export const Instant = z
  .string()
  .describe('An ISO 8601 date (00:00 UTC) or instant')
  .meta({ examples: ['2027-02-14', '2027-02-14T08:00:00Z'] });

/** An instant as we show it. */
export const Moment = z.string().meta({ format: 'date-time', examples: ['2027-02-14T00:00:00.000Z'] });

/** Which page of a list. */
export const PageQuery = z.object({
  page: whole(z.int().min(1)).default(1).describe('Page number, starting at 1 (default)'),
  per_page: whole(z.int().min(1))
    .default(20)
    .describe('Rows per page: 20 by default, at most 100; larger values count as 100'),
});
