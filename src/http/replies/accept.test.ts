import { expect, test } from 'bun:test';
import { acceptsCoding, preferredType } from './accept.ts';

const SHORT = 'application/vnd.npm.install-v1+json';
const OFFERED = ['application/json', SHORT] as const;

test('the type with the highest quality is chosen', () => {
  const cases: [string | null, string | null][] = [
    [null, 'application/json'],
    ['', 'application/json'],
    ['*/*', 'application/json'],
    [SHORT, SHORT],
    [SHORT.toUpperCase(), SHORT],
    [`${SHORT}; q=1.0, application/json; q=0.8, */*`, SHORT],
    [`application/json;q=0.8, ${SHORT};q=0.9`, SHORT],
    [`application/json;q=0.9, ${SHORT};q=0.8`, 'application/json'],
    [`${SHORT};q=0, application/json`, 'application/json'],
    [`${SHORT};q=0, */*`, 'application/json'],
    [`${SHORT}, application/json`, SHORT],
    [`application/json, ${SHORT}`, 'application/json'],
    [`*/*, ${SHORT}`, SHORT],
    [`application/json;q=0, application/*;q=0.1`, SHORT],
    [`${SHORT};q=0`, null],
    ['text/html', null],
    ['application/json;q=0, */*;q=0', null],
  ];
  for (const [header, chosen] of cases) expect([header, preferredType(header, OFFERED)]).toEqual([header, chosen]);
});

test('a header of many types is read up to a bound', () => {
  expect(preferredType('a/b,'.repeat(1000) + SHORT, OFFERED)).toBe(SHORT);
  expect(preferredType('a/b,'.repeat(100_000) + SHORT, OFFERED)).toBeNull();
});

test('a coding is accepted unless its quality is zero', () => {
  const accepted: [string | null, boolean][] = [
    ['gzip, deflate, br', true],
    ['br;q=1, X-GZIP;q=0.5', true],
    ['gzip;q=0.001', true],
    ['gzip;q=0', false],
    ['gzip;q=0.000', false],
    ['gzip;level=1;q=0', false],
    ['identity', false],
    [null, false],
  ];
  for (const [header, is] of accepted)
    expect([header, acceptsCoding(header, ['gzip', 'x-gzip'])]).toEqual([header, is]);
});
