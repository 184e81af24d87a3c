/** @jsxImportSource hono/jsx */
import { useContext } from 'hono/jsx';
import { DAY, HOUR, MINUTE } from '../../lib/clock.ts';
import { formatInstant } from '../../lib/instant.ts';
import { VisitContext } from './visit-context.ts';

/**
 * Made for the first page that tells a time: it reads the tables of all languages, which the start of the server need
 * not wait for.
 */
let words: Intl.RelativeTimeFormat | undefined;

const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const;

/** `in 3 days`, `2 hours ago`; in the largest unit of which there is one whole. */
function relativeTime(at: number, now: number): string {
  const distance = at - now;
  const found = UNITS.find(([, length]) => Math.abs(distance) >= length);
  if (!found) return 'just now';
  words ??= new Intl.RelativeTimeFormat('en', { numeric: 'always' });
  return words.format(Math.trunc(distance / found[1]), found[0]);
}

/** An instant as people say it, and exactly when one points at it. */
export function Time({ at }: { at: number }) {
  const { now } = useContext(VisitContext);
  const exact = formatInstant(at);
  return (
    <time datetime={exact} title={`${exact.slice(0, 10)} ${exact.slice(11, 19)} UTC`}>
      {relativeTime(at, now)}
    </time>
  );
}
