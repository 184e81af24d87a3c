import { type GitOptions, gitEnvironment, gitSettings } from './git-settings.ts';

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

export type GitLauncher = ReturnType<typeof createGitLauncher>;

/** How much of stderr is kept: enough for a log line. */
const STDERR_HEAD = 4096;
/** How long a git may take to end by itself once its input has ended, where it has files to clear away. */
const TIDY_MS = 2000;
/** How long a git may take to die before it is killed. */
const GRACE_MS = 5000;

/**
 * Starts git: with an environment and settings of ours alone, in a process group of its own, and for a bounded time.
 * @param prefix a command that starts git, such as `nice -n 19`.
 */
export function createGitLauncher(options: GitOptions, home: string, prefix: readonly string[] = []) {
  const settings = gitSettings(options);

  /** @param args never pass through a shell. */
  const start = (args: readonly string[], { protocol = '', hooks, stderr: onStderr }: GitStart = {}): GitProcess => {
    const hooked = hooks === undefined ? [] : ['-c', `core.hooksPath=${hooks}`];
    const child = Bun.spawn([...prefix, 'git', ...settings, ...hooked, ...args], {
      env: gitEnvironment(options.path, home, protocol),
      cwd: home,
      stdio: ['pipe', 'pipe', 'pipe', ...(hooks === undefined ? [] : (['pipe'] as const))],
      // The leader of a group: upload-pack starts pack-objects, and both must go when the client does.
      detached: true,
    });
    const stderr = keepHead(child.stderr, onStderr);
    const group = processGroup(child.pid);
    let running = true;
    let ended = false;
    const end = () => {
      if (ended || !running) return;
      ended = true;
      // A push that is ended by a signal leaves behind what it has received; one whose input ends clears it away.
      void Promise.resolve(child.stdin.end()).catch(() => {});
      if (args[0] === 'receive-pack') setTimeout(() => running && group.terminate(), TIDY_MS).unref();
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
    return { stdin: child.stdin, stdout: child.stdout, exited, channel, stderrHead: stderr.text, end };
  };

  return {
    start,
    /** Runs git to its end. @returns what it wrote. @throws when it fails, with what it wrote on stderr. */
    async run(args: readonly string[], how: GitStart = {}): Promise<Uint8Array> {
      const git = start(args, how);
      await git.stdin.end();
      const [out, end] = await Promise.all([new Response(git.stdout).bytes(), git.exited]);
      if (end.code !== 0) throw gitError(args[0] ?? '', end, git);
      return out;
    },
  };
}

function processGroup(leader: number) {
  let killer: Timer | undefined;
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-leader, name);
    } catch {
      // The whole group is gone already.
    }
  };
  const killLater = () => setTimeout(() => signal('SIGKILL'), GRACE_MS).unref();
  return {
    terminate() {
      signal('SIGTERM');
      // Not bound to the leader's exit: one of its children may be the one that is stuck.
      killer = killLater();
    },
    /**
     * All of the group have stderr: when it ends they are gone, and their number may be another process's. A child that
     * outlives the leader is killed.
     */
    async outlivedUntil(done: Promise<void>) {
      killer ??= killLater();
      await done;
      clearTimeout(killer);
    },
  };
}

export const gitError = (what: string, end: GitEnd, git: Pick<GitProcess, 'stderrHead'>): Error =>
  new Error(`git ${what} ${end.cut ? 'was ended' : `ended with ${end.code}`}: ${git.stderrHead()}`);

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
