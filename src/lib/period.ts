import { DAY, HOUR, MINUTE, SECOND } from './clock.ts';
import { invalidParameter } from './errors.ts';

/** Months and years in the lengths of GitLab: 30 days, and 365.25. */
const UNITS: readonly [RegExp, number][] = [
  [/^(s|secs?|seconds?)$/, SECOND],
  [/^(m|mins?|minutes?)$/, MINUTE],
  [/^(h|hrs?|hours?)$/, HOUR],
  [/^(d|days?)$/, DAY],
  [/^(w|wks?|weeks?)$/, 7 * DAY],
  [/^(mo|mos|months?)$/, 30 * DAY],
  [/^(y|yrs?|years?)$/, 365.25 * DAY],
];

/**
 * A duration such as `1h`, `7d`, `2 weeks` or `1month`, in milliseconds.
 * @throws PosternError `<parameter> is invalid`.
 */
export function parsePeriod(parameter: string, text: string): number {
  const [, number, unit = ''] = /^\s*(\d{1,6})\s*([a-z]+)\s*$/i.exec(text) ?? [];
  const length = UNITS.find(([name]) => name.test(unit.toLowerCase()))?.[1];
  if (number === undefined || length === undefined)
    throw invalidParameter(`${parameter} is invalid`, 'Send a number and a unit, such as 1h, 7d or 1month.');
  return Number(number) * length;
}
