import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A file of a running upload is written to all the time: a silent client is cut off after minutes. A file that is
 * untouched for so long was left by a killed program. Age decides, not the owner: another program, perhaps on another
 * machine, may work in the same folder.
 */
const ABANDONED_MS = 60 * 60_000;

/**
 * Removes from a folder what a program that was killed left there half done. @param now milliseconds, by the clock of
 * the files.
 */
export function sweepAbandoned(folder: string, now = Date.now()): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && now - found.mtimeMs > ABANDONED_MS) rmSync(path, { recursive: true, force: true });
  }
}
