import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from './scratch.ts';

/**
 * Where programs are looked for: where `script/clients` unpacks those that the system has not, then where the system
 * has them.
 */
export const PROGRAM_PATH = [
  join(import.meta.dir, '../../node_modules/.cache/postern-clients/bin'),
  process.env['PATH'] ?? '',
].join(':');

export interface Ran {
  /** 124 when it was ended for taking too long. */
  code: number;
  stdout: string;
  stderr: string;
  /** Both, for looking for a sentence. */
  output: string;
}

export interface RunOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string | Uint8Array;
  /** Clients may spin for ever (git-lfs is known to): each is ended after this. */
  timeoutSeconds?: number;
}

export type TestClient = ReturnType<typeof createClient>;

/**
 * A place to run someone else's client in: a HOME and a working folder of its own, and nothing of our environment but
 * PATH, so that no setting, proxy, certificate or cached credential of the machine reaches it.
 */
export function createClient(env: Record<string, string> = {}) {
  const folder = scratchFolder('postern-client-');
  const home = join(folder, 'home');
  const work = join(folder, 'work');
  for (const path of [home, work]) mkdirSync(path);
  const isolated = {
    PATH: PROGRAM_PATH,
    HOME: home,
    XDG_CONFIG_HOME: join(home, '.config'),
    LANG: 'C.UTF-8',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/true',
    GIT_AUTHOR_NAME: 'A. Maintainer',
    GIT_AUTHOR_EMAIL: 'maintainer@example.com',
    GIT_COMMITTER_NAME: 'A. Maintainer',
    GIT_COMMITTER_EMAIL: 'maintainer@example.com',
    ...env,
  };

  const run = async (command: readonly string[], options: RunOptions = {}): Promise<Ran> => {
    const limit = String(options.timeoutSeconds ?? 60);
    const child = Bun.spawn(['timeout', '--kill-after=5', limit, ...command], {
      cwd: options.cwd ?? work,
      env: { ...isolated, ...options.env },
      stdin: typeof options.stdin === 'string' ? new Blob([options.stdin]) : (options.stdin ?? 'ignore'),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    const [stdout, stderr, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { code, stdout, stderr, output: `${stdout}${stderr}` };
  };

  return {
    home,
    work,
    path: (...parts: string[]) => join(work, ...parts),
    run,
    /** Runs it and expects it to succeed. @throws with what it said when it does not. */
    async ok(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
      const ran = await run(command, options);
      if (ran.code !== 0) throw new Error(`${command.join(' ')} ended with ${ran.code}:\n${ran.output}`);
      return ran;
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
