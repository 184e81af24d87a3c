import { readFileSync } from 'node:fs';

/** How long a git may take to end by itself once its input has ended, where it has files to clear away. */
const TIDY_MS = 2000;
/** How long a git may take to die before it is killed. */
const GRACE_MS = 5000;

/** A process that leads a group, and all that it has started. */
export function processGroup(leader: number) {
  let killer: Timer | undefined;
  const killLater = () => setTimeout(() => send(-leader, 'SIGKILL'), GRACE_MS).unref();
  const terminate = () => {
    send(-leader, 'SIGTERM');
    // Not bound to the leader's exit: one of its children may be the one that is stuck.
    killer = killLater();
  };
  return {
    terminate,
    /**
     * Ends a leader that clears its files away when its input ends or a child fails, but not when it gets a signal: it
     * is given time, then its children are ended, and only then the leader itself.
     * @param running whether the leader still runs.
     */
    async terminateGently(running: () => boolean): Promise<void> {
      await Bun.sleep(TIDY_MS);
      if (!running()) return;
      // It may be stuck, and has nothing of its own to clear away.
      for (const child of childrenOf(leader)) send(child, 'SIGKILL');
      await Bun.sleep(TIDY_MS);
      if (running()) terminate();
    },
    /**
     * All of the group have stderr: when it ends they are gone, and their number may be another process's. A child that
     * outlives the leader is killed; after that nothing is waited for, not even the end of stderr.
     */
    async outlivedUntil(done: Promise<void>): Promise<void> {
      killer ??= killLater();
      const { promise: killed, resolve } = Promise.withResolvers<void>();
      const late = setTimeout(resolve, 2 * GRACE_MS).unref();
      await Promise.race([done, killed]);
      clearTimeout(late);
      clearTimeout(killer);
    },
  };
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // It is gone already.
  }
}

/** None where the system does not list them. */
function childrenOf(process: number): number[] {
  try {
    return readFileSync(`/proc/${process}/task/${process}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}
