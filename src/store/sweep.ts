import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What is on its way in is written to all the time: a client that is silent is cut off after minutes. What nobody has
 * touched for so long was left by a program that was killed. Age is asked, not whose it is: another program, perhaps on
 * another machine, may work in the same folder.
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
