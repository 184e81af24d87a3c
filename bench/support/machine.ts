import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** Where a measurement was made: without it a figure says nothing. */
export function describeMachine(): string[] {
  const distribution = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';
  return [
    `- machine: ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 1024 ** 3)} GiB of memory, Linux ${release().split('-')[0]}, ${distribution}`,
    `- versions: Postern ${said(['git', 'describe', '--always', '--dirty'])}, Bun ${Bun.version}, ${said(['git', '--version'])}`,
  ];
}

export const load = (): string => loadavg()[0]?.toFixed(1) ?? '';

/** The first line of a program's version output. */
export function said(command: [string, ...string[]]): string {
  const { stdout, stderr } = Bun.spawnSync(command);
  return (stdout.toString() || stderr.toString()).split('\n')[0] ?? '';
}
