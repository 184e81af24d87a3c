import { readFileSync } from 'node:fs';

/** The kernel counts in hundredths of a second, whatever the machine. proc(5). */
const TICKS_PER_SECOND = 100;

/** How many seconds of a core a process and its threads have used since it began; its children are not in it. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name, in brackets, with anything in it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
