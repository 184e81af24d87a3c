import { tmpdir } from 'node:os';

/** A running git: its stdin to write to, its stdout to read, and how it ended. */
export interface GitProcess {
  stdin: Bun.FileSink;
  stdout: ReadableStream<Uint8Array>;
  exited: Promise<number>;
  stderr: () => Promise<string>;
  kill: () => void;
}

/**
 * What every git runs with. No system or global configuration and nothing of our environment; the settings are given on the
 * command line, where a repository's own configuration cannot change them.
 */
const CONFIG = [
  'safe.directory=*',
  'uploadpack.allowFilter=true',
  'uploadpack.allowAnySHA1InWant=true',
  'receive.fsckObjects=true',
  'receive.autogc=false',
  'gc.auto=0',
  'core.hooksPath=/dev/null',
  'core.fsync=committed',
  'core.fsyncMethod=fsync',
];

export function gitArguments(args: readonly string[]): string[] {
  return ['git', ...CONFIG.flatMap((setting) => ['-c', setting]), ...args];
}

export function gitEnvironment(protocol: string): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: tmpdir(),
    LANG: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    ...(protocol === '' ? {} : { GIT_PROTOCOL: protocol }),
  };
}

/** Starts git. Arguments never pass through a shell. */
export function spawnGit(args: readonly string[], options: { protocol: string }): GitProcess {
  const child = Bun.spawn(gitArguments(args), {
    env: gitEnvironment(options.protocol),
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'pipe',
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    exited: child.exited,
    stderr: () => new Response(child.stderr).text(),
    kill: () => child.kill('SIGTERM'),
  };
}

/** Runs git to its end. @throws when it fails, with what it said. */
export async function runGit(args: readonly string[]): Promise<string> {
  const child = spawnGit(args, { protocol: '' });
  await child.stdin.end();
  const [out, err, code] = await Promise.all([new Response(child.stdout).text(), child.stderr(), child.exited]);
  if (code !== 0) throw new Error(`git ${args[0]} failed with ${code}: ${err.trim()}`);
  return out;
}
