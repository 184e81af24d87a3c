import { inField, invalidParameter } from './errors.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|UTC|[+-]\d{2}:?\d{2}))?$/;

const HINT = 'Send a date such as 2027-02-14, or an instant such as 2027-02-14T08:00:00Z.';

/**
 * An ISO 8601 date or instant as milliseconds since 1970, also as Ruby prints one: `2027-03-14 10:00:00 +0200`. A date
 * is its start in UTC; an instant without a zone is in UTC.
 * @throws PosternError `<parameter> is invalid` for anything else, and for days that do not exist such as February
 * 30th.
 */
export function parseInstant(parameter: string, text: string): number {
  const date = DATE.test(text) ? text : INSTANT.exec(text)?.[1];
  if (date === undefined || !isDay(date)) throw inField(parameter, invalidParameter(`${parameter} is invalid`, HINT));
  const zoned = text === date ? `${text}T00:00:00Z` : withZone(text.replace(' ', 'T'));
  const value = Date.parse(zoned);
  if (Number.isNaN(value)) throw inField(parameter, invalidParameter(`${parameter} is invalid`, HINT));
  return value;
}

/** `Date.parse` turns February 30th into a day of March. */
function isDay(date: string): boolean {
  const value = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(value.getTime()) && value.toISOString().startsWith(date);
}

function withZone(text: string): string {
  const utc = text.replace(/ ?(Z|UTC)$/, 'Z');
  if (utc.endsWith('Z')) return utc;
  const offset = / ?([+-]\d{2}):?(\d{2})$/.exec(text.slice(10));
  return offset ? `${text.slice(0, -offset[0].length)}${offset[1]}:${offset[2]}` : `${text}Z`;
}

/** An instant in the form of the API: `2026-02-14T00:00:00.000Z`. */
export function formatInstant(value: number): string;
export function formatInstant(value: number | null): string | null;
export function formatInstant(value: number | null): string | null {
  return value === null ? null : new Date(value).toISOString();
}

/** A day in the form of the API: `2026-02-14`. */
export function formatDay(value: number | null): string | null {
  return value === null ? null : new Date(value).toISOString().slice(0, 10);
}
