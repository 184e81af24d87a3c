/** How slow a client may be. Only the time that it has the turn counts: git may think for as long as it takes. */
export interface Pace {
  /** How long it may neither send nor take anything, in milliseconds. */
  idleMs: number;
  /** The time over which the rate is measured, in milliseconds. */
  windowMs: number;
  /** The least that it must send or take in that time, in bytes. */
  windowBytes: number;
}

/** In bytes a second. A slower client would keep a process from others. */
const SLOWEST_RATE = 4096;
/**
 * The window is longer than a silence may be: the buffers of a connection let a slow client take some megabytes at once
 * and then nothing for long.
 */
const WINDOW_IN_SILENCES = 2.5;

export function paceOf(idleMs: number): Pace {
  const windowMs = WINDOW_IN_SILENCES * idleMs;
  return { idleMs, windowMs, windowBytes: (SLOWEST_RATE * windowMs) / 1000 };
}

export interface ClientWatch {
  /** It is the client's turn. */
  awaited(): void;
  /** The client sent or took so many bytes. */
  moved(bytes: number): void;
  stop(): void;
}

/**
 * Gives up a client that is too slow, on its turns. In a duplex conversation nobody can tell whose turn it is, and only
 * silence counts: a git that thinks sends a sign of life every five seconds.
 */
export function watchClient(giveUp: () => void, pace: Pace, duplex = false): ClientWatch {
  const meter = createPaceMeter(pace, duplex);
  const timer = setInterval(() => meter.isTooSlow() && giveUp(), Math.max(50, pace.idleMs / 4));
  timer.unref();
  return { ...meter, stop: () => clearInterval(timer) };
}

/** The judgement of `watchClient`. @param now the time in milliseconds. */
export function createPaceMeter(pace: Pace, duplex: boolean, now = () => performance.now()) {
  let since: number | null = null;
  /** Of this window. */
  let waitedMs = 0;
  let bytes = 0;
  const waiting = () => (since === null ? 0 : now() - since);
  return {
    awaited() {
      waitedMs += waiting();
      since = now();
    },
    moved(size: number) {
      waitedMs += waiting();
      bytes += size;
      since = duplex ? now() : null;
    },
    isTooSlow(): boolean {
      if (waiting() > pace.idleMs) return true;
      if (duplex || waitedMs + waiting() < pace.windowMs) return false;
      const slow = bytes < pace.windowBytes;
      waitedMs = -waiting();
      bytes = 0;
      return slow;
    },
  };
}
