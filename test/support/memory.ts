import { readFileSync } from 'node:fs';

/**
 * The current memory use of a process, in megabytes; or, with `VmHWM`, the most that it ever held; or, with `RssAnon`,
 * now and without what it has mapped of files, which is the kernel's cache of a SQLite database. Its children are not
 * in it.
 */
export function residentMegabytes(pid: number, field: 'VmRSS' | 'VmHWM' | 'RssAnon' = 'VmRSS'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  return (Number(kibibytes) * 1024) / 1e6;
}
