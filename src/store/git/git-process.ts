import { unavailable } from '../../lib/errors.ts';
import { limitProcess } from '../../lib/process-limits.ts';
import { addressSpaceFor } from './git-memory.ts';
import { type GitOptions, gitEnvironment, gitSettings } from './git-settings.ts';
import { processGroup } from './process-group.ts';

/** A running git. */
export interface GitProcess {
  readonly stdin: Bun.FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly exited: Promise<GitEnd>;
  /** The server's end of the channel to the hooks; -1 when git was started without hooks. */
  readonly channel: number;
  /** The beginning of what it wrote on stderr. For the log alone. */
  stderrHead(): string;
  /** Ends it and all that it started. */
  end(): void;
}

export interface GitEnd {
  code: number;
  /** Ended from outside, by us or by a signal, and not by itself. */
  cut: boolean;
}

export interface GitStart {
  /** The value of `GIT_PROTOCOL`. */
  protocol?: string;
  /** The folder of hooks that git runs; they reach the server over descriptor 3. Without it no hook is run. */
  hooks?: string;
  /** Takes what git writes on stderr. */
  stderr?: ((text: string) => void) | undefined;
}

export interface GitLauncher {
  /** @param args never pass through a shell. */
  start(args: readonly string[], how?: GitStart): GitProcess;
  /** Runs git to its end. @returns what it wrote. @throws when it fails, with what it wrote on stderr. */
  run(args: readonly string[], how?: GitStart): Promise<Uint8Array>;
  /** The same for a repository whose packs have so many bytes: git may map them, and what belongs to them. */
  forPacks(bytes: number): GitLauncher;
  /** The same, with a shorter time for each git, in milliseconds: for reads that a person waits for. */
  within(timeoutMs: number): GitLauncher;
  /** Waits for all gits when the server stops, and ends those that do not end by themselves. */
  stop(): Promise<void>;
}

interface LauncherSetup {
  options: GitOptions;
  home: string;
  prefix: readonly string[];
  settings: readonly string[];
  /** Those that run. */
  all: Set<GitProcess>;
}

/** The sentence for the client whose git was ended. */
export const TOO_LONG = 'Git took too long and was ended.';

/** How much of stderr is kept: enough for a log line. */
const STDERR_HEAD = 4096;
/** How long gits may take to end by themselves when the server stops, and how long until it stops without them. */
const STOP_MS = 10_000;
const LONGEST_STOP_MS = 20_000;

/**
 * Starts git: with an environment and settings of ours alone, in a process group of its own, and with bounds on its
 * time, processor time and memory.
 * @param prefix a command that starts git, such as `nice -n 19`.
 */
export function createGitLauncher(options: GitOptions, home: string, prefix: readonly string[] = []): GitLauncher {
  return launcherFor({ options, home, prefix, settings: gitSettings(options), all: new Set() }, 0);
}

/** @param packBytes see `GitLauncher.forPacks`. */
function launcherFor(setup: LauncherSetup, packBytes: number): GitLauncher {
  const { options, home, prefix, settings, all } = setup;
  // No process may use more processor time than the time in which all must end.
  const limits = { addressSpace: addressSpaceFor(packBytes), cpuSeconds: Math.ceil(options.timeoutMs / 1000) };

  const start: GitLauncher['start'] = (args, { protocol = '', hooks, stderr: onStderr } = {}) => {
    const hooked = hooks === undefined ? [] : ['-c', `core.hooksPath=${hooks}`];
    const child = Bun.spawn([...prefix, 'git', ...settings, ...hooked, ...args], {
      env: gitEnvironment(options.path, home, protocol),
      cwd: home,
      stdio: ['pipe', 'pipe', 'pipe', ...(hooks === undefined ? [] : (['pipe'] as const))],
      // The leader of a group: upload-pack starts pack-objects, and both must go when the client does.
      detached: true,
    });
    limitProcess(child.pid, limits);
    const stderr = keepHead(child.stderr, onStderr);
    const group = processGroup(child.pid);
    let running = true;
    let ended = false;
    const end = () => {
      if (ended || !running) return;
      ended = true;
      void Promise.resolve(child.stdin.end()).catch(() => {});
      // A push that is ended by a signal leaves behind what it has received.
      if (args[0] === 'receive-pack') void group.terminateGently(() => running);
      else group.terminate();
    };
    const timer = setTimeout(end, options.timeoutMs);
    const exited = child.exited.then(async (code) => {
      running = false;
      clearTimeout(timer);
      await group.outlivedUntil(stderr.done);
      return { code, cut: ended || child.signalCode !== null };
    });
    const channel = child.stdio[3] ?? -1;
    const git = { stdin: child.stdin, stdout: child.stdout, exited, channel, stderrHead: stderr.text, end };
    all.add(git);
    void exited.finally(() => all.delete(git));
    return git;
  };

  return {
    start,
    forPacks: (bytes) => launcherFor(setup, bytes),
    within: (ms) =>
      launcherFor({ ...setup, options: { ...options, timeoutMs: Math.min(ms, options.timeoutMs) } }, packBytes),
    stop: () => stopAll(all),
    async run(args, how = {}) {
      const git = start(args, how);
      await git.stdin.end();
      const [out, end] = await Promise.all([new Response(git.stdout).bytes(), git.exited]);
      if (end.code !== 0) throw gitFailure(args[0] ?? '', end, git);
      return out;
    },
  };
}

async function stopAll(all: ReadonlySet<GitProcess>): Promise<void> {
  const ended = Promise.all([...all].map(({ exited }) => exited));
  await Promise.race([ended, Bun.sleep(all.size === 0 ? 0 : STOP_MS)]);
  for (const git of all) git.end();
  await Promise.race([ended, Bun.sleep(all.size === 0 ? 0 : LONGEST_STOP_MS - STOP_MS)]);
}

export const gitError = (what: string, end: GitEnd, git: Pick<GitProcess, 'stderrHead'>): Error =>
  new Error(`git ${what} ${end.cut ? 'was ended' : `ended with ${end.code}`}: ${git.stderrHead()}`);

/** The error of a git that failed: PosternError `unavailable` if it took too long and was ended. */
export const gitFailure = (what: string, end: GitEnd, git: Pick<GitProcess, 'stderrHead'>): Error =>
  end.cut ? unavailable(TOO_LONG, 60) : gitError(what, end, git);

/** Reads a stream to its end, so that its writer never blocks, and keeps its beginning. */
function keepHead(stream: ReadableStream<Uint8Array>, forward: GitStart['stderr']) {
  const decoder = new TextDecoder();
  let kept = '';
  const read = async () => {
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      forward?.(text);
      if (kept.length < STDERR_HEAD) kept = (kept + text).slice(0, STDERR_HEAD);
    }
  };
  return { text: () => kept.trim(), done: read().catch(() => {}) };
}
