import { type GitOptions, gitEnvironment, gitSettings } from './git-settings.ts';

/** A running git. */
export interface GitProcess {
  readonly stdin: Bun.FileSink;
  readonly stdout: ReadableStream<Uint8Array>;
  readonly exited: Promise<GitEnd>;
  /** What it said on stderr, the beginning of it. For the log alone. */
  stderrHead(): string;
  /** Ends it and all that it started. */
  end(): void;
}

export interface GitEnd {
  code: number;
  /** Ended from outside, by us or by a signal, and not by itself. */
  cut: boolean;
}

export type GitLauncher = ReturnType<typeof createGitLauncher>;

/** How much of stderr is kept: enough for a log line. */
const COMPLAINT_BYTES = 4096;
/** How long a git may take over ending by itself once its input has ended, where it has files to clear away. */
const TIDY_MS = 2000;
/** How long a git may take over dying before it is killed. */
const GRACE_MS = 5000;

/**
 * Starts gits: with an environment and settings of ours alone, in a process group of its own, and for a bounded time.
 */
export function createGitLauncher(options: GitOptions, home: string) {
  const settings = gitSettings(options);

  /** @param args never pass through a shell. */
  const start = (args: readonly string[], protocol = ''): GitProcess => {
    const child = Bun.spawn(['git', ...settings, ...args], {
      env: gitEnvironment(options.path, home, protocol),
      cwd: home,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      // The leader of a group: upload-pack starts pack-objects, and both must go when the client does.
      detached: true,
    });
    const stderr = keepBeginning(child.stderr);
    let running = true;
    let ended = false;
    let killer: Timer | undefined;
    const signal = (name: NodeJS.Signals) => {
      try {
        process.kill(-child.pid, name);
      } catch {
        // The whole group is gone already.
      }
    };
    const terminate = () => {
      signal('SIGTERM');
      // Not bound to the leader's exit: one of its children may be the one that is stuck.
      killer = setTimeout(() => signal('SIGKILL'), GRACE_MS).unref();
    };
    const end = () => {
      if (ended || !running) return;
      ended = true;
      // A push that is ended by a signal leaves what it has received lying about; one whose input ends clears it away.
      void Promise.resolve(child.stdin.end()).catch(() => {});
      if (args[0] === 'receive-pack') setTimeout(() => running && terminate(), TIDY_MS).unref();
      else terminate();
    };
    const timer = setTimeout(end, options.timeoutMs);
    const exited = child.exited.then(async (code) => {
      running = false;
      clearTimeout(timer);
      // All of the group have stderr: when it ends they are gone, and their number may be somebody else's. Who outlives
      // the leader is killed.
      killer ??= setTimeout(() => signal('SIGKILL'), GRACE_MS).unref();
      await stderr.done;
      clearTimeout(killer);
      return { code, cut: ended || child.signalCode !== null };
    });
    return { stdin: child.stdin, stdout: child.stdout, exited, stderrHead: stderr.text, end };
  };

  return {
    start,
    /** Runs git to its end. @returns what it wrote. @throws when it fails, with what it said. */
    async run(args: readonly string[], protocol = ''): Promise<Uint8Array> {
      const git = start(args, protocol);
      await git.stdin.end();
      const [out, end] = await Promise.all([new Response(git.stdout).bytes(), git.exited]);
      if (end.code !== 0) throw gitError(args[0] ?? '', end, git);
      return out;
    },
  };
}

export const gitError = (what: string, end: GitEnd, git: Pick<GitProcess, 'stderrHead'>): Error =>
  new Error(`git ${what} ${end.cut ? 'was ended' : `ended with ${end.code}`}: ${git.stderrHead()}`);

/** Reads a stream to its end, so that its writer never blocks, and keeps how it began. */
function keepBeginning(stream: ReadableStream<Uint8Array>): { text: () => string; done: Promise<void> } {
  const decoder = new TextDecoder();
  let kept = '';
  const read = async () => {
    for await (const chunk of stream) {
      if (kept.length < COMPLAINT_BYTES)
        kept = (kept + decoder.decode(chunk, { stream: true })).slice(0, COMPLAINT_BYTES);
    }
  };
  return { text: () => kept.trim(), done: read().catch(() => {}) };
}
