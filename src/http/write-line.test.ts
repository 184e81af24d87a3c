import { expect, test } from 'bun:test';
import pino from 'pino';
import { lineWriter } from './write-line.ts';

const FIELDS = { route: '/a "quoted" path\n', status: 200, actor_id: null, ms: 0.1, ready: true };

test.each([
  {},
  { base: null, timestamp: () => ',"time":"2026-03-01T12:00:00.000Z"' },
  { base: { node: 'a' }, formatters: { level: (label: string) => ({ level: label }) } },
])('a line is as the logger writes it: %j', (options) => {
  const lines: string[] = [];
  const logger = pino({ timestamp: () => ',"time":1', ...options }, { write: (line: string) => void lines.push(line) });
  logger.info(FIELDS, 'request');
  lineWriter(logger, 'request')(FIELDS);
  expect(lines[1]).toBe(lines[0] ?? '');
});

test('nothing is written below the level of the logger', () => {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  lineWriter(logger, 'request')(FIELDS);
  expect(lines).toEqual([]);
});
