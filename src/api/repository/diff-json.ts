import { z } from 'zod';
import type { FileDiff } from '../../domain/repositories/repositories.ts';

export const ShownDiff = z
  .object({
    old_path: z.string(),
    new_path: z.string(),
    a_mode: z.string(),
    b_mode: z.string(),
    diff: z.string().describe('The hunks; empty if they are too large'),
    new_file: z.boolean(),
    renamed_file: z.boolean(),
    deleted_file: z.boolean(),
    collapsed: z.literal(false),
    too_large: z.boolean().describe('The hunks have more than 200 KiB, or all of the diff more than 5 MiB'),
    generated_file: z.literal(false),
  })
  .meta({ id: 'Diff' });

export const showDiff = ({
  oldPath,
  newPath,
  oldMode,
  newMode,
  change,
  hunks,
}: FileDiff): z.output<typeof ShownDiff> => ({
  old_path: oldPath,
  new_path: newPath,
  a_mode: modeOf(oldMode),
  b_mode: modeOf(newMode),
  diff: hunks ?? '',
  new_file: change === 'added',
  renamed_file: change === 'renamed',
  deleted_file: change === 'deleted',
  collapsed: false,
  too_large: hunks === null,
  generated_file: false,
});

const modeOf = (mode: string) => (mode === '000000' ? '0' : mode);
