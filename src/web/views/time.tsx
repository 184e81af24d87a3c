/** @jsxImportSource hono/jsx */
import { useContext } from 'hono/jsx';
import { DAY, HOUR, MINUTE } from '../../lib/clock.ts';
import { formatInstant } from '../../lib/instant.ts';
import { VisitContext } from './visit-context.ts';

const WORDS = new Intl.RelativeTimeFormat('en', { numeric: 'always' });

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
  return found ? WORDS.format(Math.trunc(distance / found[1]), found[0]) : 'just now';
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
