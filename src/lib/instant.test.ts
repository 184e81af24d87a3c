import { expect, test } from 'bun:test';
import { formatInstant, parseInstant } from './instant.ts';

test.each([
  ['2027-03-14', '2027-03-14T00:00:00.000Z'],
  ['2027-03-14T10:00', '2027-03-14T10:00:00.000Z'],
  ['2027-03-14T10:00:00Z', '2027-03-14T10:00:00.000Z'],
  ['2027-03-14T10:00:00.5+02:00', '2027-03-14T08:00:00.500Z'],
  ['2027-03-14 10:00:00+0200', '2027-03-14T08:00:00.000Z'],
  ['2027-03-14 10:00:00 +0200', '2027-03-14T08:00:00.000Z'],
  ['2027-03-14 10:00:00 -05:30', '2027-03-14T15:30:00.000Z'],
  ['2027-03-14 10:00:00 UTC', '2027-03-14T10:00:00.000Z'],
])('%s is %s', (text, instant) => {
  expect(formatInstant(parseInstant('expires_at', text))).toBe(instant);
});

test.each([
  '',
  '2027-02-30',
  '2027-03-14 +0200',
  '2027-03-14T25:00',
  '14 March 2027',
  '2027-03-14 10:00:00  +0200',
  '+0200',
])('%p is no instant', (text) => {
  expect(() => parseInstant('expires_at', text)).toThrow('expires_at is invalid');
});
