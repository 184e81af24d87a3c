import type { JSX } from 'hono/jsx/jsx-runtime';
import { type HtmlEscapedString, raw } from 'hono/utils/html';
import type { Typed } from './typed.ts';

/**
 * Made once, for it is the same for everyone and always: most of what a page costs is putting it together. Only of what
 * is written in our own files: text of people is never in it.
 */
export const fixed = (element: JSX.Element): HtmlEscapedString => raw(String(element));

/** A form field, rendered once for all empty forms and again for each submitted value. */
export function fixedUntilTyped(
  field: (typed: Typed | undefined) => JSX.Element,
): (typed: Typed | undefined) => JSX.Element {
  let empty: HtmlEscapedString | undefined;
  return (typed) => {
    if (typed !== undefined) return field(typed);
    empty ??= fixed(field(undefined));
    return empty;
  };
}
