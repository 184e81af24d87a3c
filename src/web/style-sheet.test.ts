import { expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { styleSheet } from './style-sheet.ts';

test('the style sheet holds every file of public/ once', () => {
  const folder = join(import.meta.dir, 'public');
  const files = readdirSync(folder).filter((name) => name.endsWith('.css'));
  expect(files.length).toBeGreaterThan(10);
  const sheet = styleSheet();
  const pieces = files.map((name) => sheet.split(readFileSync(join(folder, name), 'utf8')).length - 1);
  expect(pieces).toEqual(files.map(() => 1));
});
