import { z } from 'zod';

/** The schema of a list of at most `most` items. The items of a longer list are not looked at. */
export const atMost = <T extends z.ZodType>(most: number, item: T) =>
  z.preprocess((value, context) => {
    if (!Array.isArray(value) || value.length <= most) return value;
    context.addIssue({
      code: 'too_big',
      origin: 'array',
      maximum: most,
      inclusive: true,
      input: value,
      message: `Too big: expected at most ${most} items`,
    });
    return z.NEVER;
  }, z.array(item).max(most));
