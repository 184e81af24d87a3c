import { expect } from 'bun:test';
import { join } from 'node:path';
import { ROOT } from './source-tree.ts';

/**
 * Compares a text with a file of the repository, so that a change of what the file stands for is seen in the diff.
 * `UPDATE_SNAPSHOTS=1` writes the file instead.
 */
export async function expectFile(path: string, text: string): Promise<void> {
  const file = Bun.file(join(ROOT, path));
  if (process.env['UPDATE_SNAPSHOTS'] === '1') await Bun.write(file, text);
  if (!(await file.exists())) throw new Error(`${path} is not there: UPDATE_SNAPSHOTS=1 script/test ... writes it`);
  expect(await file.text()).toBe(text);
}

/** Rows of cells as aligned columns. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
